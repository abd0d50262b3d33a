// `bun run check`: everything that can be said of the code without running it.
import { resolve } from 'node:path'

const bun = process.execPath
// With --bun the tools run in Bun, so that Node need not be there.
const tool = [bun, 'run', '--bun']
const checks = [
  { name: 'format and lint', command: [...tool, 'biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: [...tool, 'tsc', '--noEmit'] },
  // What runs in a browser knows other globals.
  { name: 'types of pages', command: [...tool, 'tsc', '--noEmit', '--project', 'examples/chat-ui/page'] },
  { name: 'types of the console', command: [...tool, 'tsc', '--noEmit', '--project', 'src/console/page'] },
  { name: 'console api', command: [bun, 'scripts/console-api.ts', '--check'] },
  { name: 'dead code', command: [...tool, 'knip'] },
  { name: 'layout', command: [bun, 'scripts/check-layout.ts'] },
  { name: 'migrations', command: [bun, 'scripts/migrations.ts', '--check'] },
  { name: 'licences', command: [bun, 'scripts/licences.ts', '--check'] },
  { name: 'dashboards', command: [bun, 'scripts/dashboards.ts', '--check'] },
]

const passed = await Promise.all(
  checks.map(async ({ name, command }) => {
    const started = performance.now()
    const run = Bun.spawn(command, { cwd: resolve(import.meta.dir, '..'), stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors, status] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited])
    const milliseconds = Math.round(performance.now() - started)
    if (status === 0) console.log(`ok      ${name} (${milliseconds} ms)`)
    else console.error(`FAILED  ${name} (${milliseconds} ms)\n${output}${errors}`)
    return status === 0
  }),
)
if (!passed.every(Boolean)) process.exit(1)
