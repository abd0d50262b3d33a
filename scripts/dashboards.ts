// `bun run dashboards` writes Grafana's dashboards from scripts/dashboards/; `--check` only says whether they are stale.
import { join } from 'node:path'
import { agents } from './dashboards/agents.ts'
import { makeDashboard } from './dashboards/dashboard.ts'
import { overview } from './dashboards/overview.ts'

const folder = join(import.meta.dir, '../deploy/monitoring/grafana/dashboards')
const check = process.argv.includes('--check')

for (const form of [overview, agents]) {
  const file = Bun.file(join(folder, `${form.name}.json`))
  const text = `${JSON.stringify(makeDashboard(form), null, 2)}\n`
  if (!check) {
    await file.write(text)
  } else if (!(await file.exists()) || (await file.text()) !== text) {
    console.error(`${file.name} is not what scripts/dashboards/${form.name}.ts says: bun run dashboards`)
    process.exitCode = 1
  }
}
