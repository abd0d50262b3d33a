import { AppError } from '../errors.ts'

/**
 * What Postgres' programs are told of a server, by their environment: what is said on a command line, every user of the
 * machine can read.
 */
export function clientEnvironment(databaseUrl: string): Record<string, string> {
  const url = new URL(databaseUrl)
  const { searchParams: params } = url
  const ssl = params.get('sslmode') ?? params.get('ssl')
  const given = {
    PGHOST: params.get('host') ?? url.hostname.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: params.get('port') ?? url.port,
    PGUSER: decodeURIComponent(url.username) || params.get('user'),
    PGPASSWORD: decodeURIComponent(url.password) || params.get('password'),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: ssl === 'true' ? 'require' : ssl === 'false' ? 'disable' : ssl,
  }
  const known = Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return { ...Object.fromEntries(known), PGAPPNAME: 'bunkhouse backup', PGCONNECT_TIMEOUT: '10' }
}

export interface Called {
  program: string
  args: string[]
  env?: Record<string, string>
  signal?: AbortSignal | undefined
}

/** Runs one of them to its end, and returns what it wrote to standard output. @throws AppError with its own words */
export async function callProgram({ program, args, env = {}, signal }: Called): Promise<string> {
  const child = Bun.spawn([program, ...args], {
    env: { ...env, LC_ALL: 'C', PATH: pathOf(program) },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  })
  const [output, complaint] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (child.exitCode === 0) return output
  signal?.throwIfAborted()
  const reason = lastLines(complaint) || `it was ended by ${child.signalCode}`
  const code = complaint.includes('No space left on device') ? 'storage_full' : 'unavailable'
  throw new AppError(code, `${program} failed: ${reason}`)
}

/** Debian's wrapper is a script that looks for its interpreter. */
const pathOf = (program: string): string => `${program.slice(0, program.lastIndexOf('/'))}:/usr/local/bin:/usr/bin:/bin`

const lastLines = (text: string): string => text.trim().split('\n').slice(-4).join('\n').slice(0, 2_000)
