// Makes deploy/railway/Dockerfile of the one at the root: Railway refuses VOLUME, and cache mounts without an id of the
// service's own. `--check` only says whether it is up to date.
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '..')
const target = join(root, 'deploy/railway/Dockerfile')

const head = `# Made of the Dockerfile at the root by scripts/railway-dockerfile.ts: Railway refuses VOLUME, and cache mounts without an
# id of the service's own.
`

export const forRailway = (dockerfile: string): string =>
  head +
  dockerfile
    .replaceAll(/^VOLUME .*\n/gm, '')
    .replaceAll(/^RUN (?:--mount=type=cache\S* ?)+(?:\\\n *)?/gm, 'RUN ')
    .replace(/^# {3}docker build.*\n/gm, '')

if (import.meta.main) {
  const wanted = forRailway(await Bun.file(join(root, 'Dockerfile')).text())
  if (!process.argv.includes('--check')) await Bun.write(target, wanted)
  else if ((await Bun.file(target).text()) !== wanted) {
    console.error('deploy/railway/Dockerfile is out of date: bun scripts/railway-dockerfile.ts')
    process.exit(1)
  }
}
