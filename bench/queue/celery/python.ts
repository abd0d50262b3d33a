import { fileURLToPath } from 'node:url'

/** Debian's own first: its packages are for that one alone. */
const pythons = ['/usr/bin/python3', 'python3']

/** The Python that has Celery and Redis's client; undefined where there is none. */
export const pythonWithCelery = (): string | undefined =>
  pythons.find(
    python =>
      Bun.which(python) !== null &&
      Bun.spawnSync([python, '-c', 'import celery, redis'], { stdio: ['ignore', 'ignore', 'ignore'] }).success,
  )

export function celeryVersion(python: string): string {
  const { stdout } = Bun.spawnSync([python, '-c', 'import celery; print(celery.__version__)'])
  return stdout.toString().trim()
}

/** From Debian's packages, as root. */
export async function installCelery(): Promise<void> {
  const script = fileURLToPath(new URL('../../../scripts/services/apt-install', import.meta.url))
  const apt = Bun.spawn([script, 'python3-celery', 'python3-redis'], { stdio: ['ignore', 'ignore', 'inherit'] })
  if ((await apt.exited) !== 0) console.error('Celery could not be installed; going on without it.')
}
