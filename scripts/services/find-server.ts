import { aptInstall, canUseApt } from './apt.ts'
import type { ServerKind } from './server-kind.ts'

/** Where a server comes from: one that runs already, programs on this machine, or Docker. */
export type Source = { from: 'url'; url: string } | { from: 'programs'; folder: string } | { from: 'docker' }

/**
 * Finds a source for every kind, in the same order; installs packages where that is root's to do on Debian.
 * Rejects when one is not to be had, and says how to get it.
 */
export const findServers = async (kinds: readonly ServerKind[]): Promise<Source[]> => {
  const absent = kinds.filter(kind => !atHand(kind))
  if (absent.length > 0 && canUseApt()) await aptInstall(absent.flatMap(kind => kind.debianPackages))
  const docker = kinds.every(atHand) ? false : await dockerRuns()

  const missing: ServerKind[] = []
  const sources: Source[] = []
  for (const kind of kinds) {
    const source = atHand(kind) ?? (docker ? ({ from: 'docker' } as const) : undefined)
    if (source) sources.push(source)
    else missing.push(kind)
  }
  if (missing.length > 0) throw new Error(missing.map(howToGet).join('\n\n'))
  return sources
}

const atHand = (kind: ServerKind): Source | undefined => {
  const url = process.env[kind.variable]
  if (url) return { from: 'url', url }
  const folder = kind.find()
  return folder === undefined ? undefined : { from: 'programs', folder }
}

const dockerRuns = async (): Promise<boolean> =>
  Bun.which('docker') !== null &&
  (await Bun.spawn(['docker', 'info'], { stdio: ['ignore', 'ignore', 'ignore'], timeout: 10_000 }).exited) === 0

const howToGet = (kind: ServerKind): string => {
  const ways = [
    [`A running server`, `${kind.variable}=${kind.exampleUrl}`],
    ...Object.entries(kind.advice),
    ['Docker', 'start it; a container is then used and removed'],
  ]
  return [
    `${kind.name} is needed and was not found on this machine. One of these will do:`,
    ...ways.map(([who, how]) => `  ${who}: ${how}`),
  ].join('\n')
}
