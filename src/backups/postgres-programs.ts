import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../errors.ts'

/** Postgres' own programs, all of one version. */
export interface PostgresPrograms {
  dump: string
  restore: string
  /** As they say it: `15.18`. */
  version: string
}

/**
 * Finds programs that understand a server: those beside PG_DUMP, else on PATH, else where Debian and others put them.
 * @param major of the server
 * @throws AppError unavailable, which says what to do
 */
export async function findPostgresPrograms(pgDump: string | null, major: number): Promise<PostgresPrograms> {
  const found: PostgresPrograms[] = []
  for (const dump of pgDump === null ? candidates() : [pgDump]) {
    const restore = join(dirname(dump), 'pg_restore')
    if (!existsSync(dump) || !existsSync(restore)) continue
    const version = await versionOf(dump)
    if (version !== null) found.push({ dump, restore, version })
  }
  // The nearest one: what a newer one writes, an older server may not read.
  const [fitting] = found.filter(({ version }) => majorOf(version) >= major).sort(byVersion)
  if (fitting) return fitting
  const wanted = `pg_dump and pg_restore of version ${major} or newer are needed`
  const way = `Install them (on Debian: postgresql-client-${major}) or set PG_DUMP to the program; an image without a shell has none: run the backup in one that has, such as postgres:${major}, or have the database's host make it.`
  const have = found.map(({ dump, version }) => `${dump} is ${version}`).join(', ')
  const where = pgDump === null ? 'none were found' : `there is none at ${pgDump}`
  throw new AppError('unavailable', `${wanted}, and ${have || where}. ${way}`)
}

const majorOf = (version: string): number => Number.parseInt(version, 10)
const byVersion = (a: PostgresPrograms, b: PostgresPrograms): number => majorOf(a.version) - majorOf(b.version)

const places = [
  'usr/lib/postgresql/*/bin/pg_dump',
  'usr/pgsql-*/bin/pg_dump',
  'opt/homebrew/opt/{libpq,postgresql@*}/bin/pg_dump',
]

function candidates(): string[] {
  const onPath = Bun.which('pg_dump')
  const installed = places
    .flatMap(place => [...new Bun.Glob(place).scanSync({ cwd: '/', absolute: true, followSymlinks: true })])
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return [...(onPath === null ? [] : [onPath]), ...installed]
}

async function versionOf(program: string): Promise<string | null> {
  try {
    const child = Bun.spawn([program, '--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
    return /(\d+(\.\d+)*)/.exec(await child.stdout.text())?.[1] ?? null
  } catch {
    return null // not for this machine
  }
}
