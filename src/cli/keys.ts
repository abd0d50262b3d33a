import { readConfig } from '../config.ts'
import type { AppContext } from '../context.ts'
import type { ApiKey } from '../keys/api-key.ts'
import { createKey } from '../keys/create-key.ts'
import { listKeys } from '../keys/list-keys.ts'
import { revokeKey } from '../keys/revoke-key.ts'
import { isScope, type Scope, scopes } from '../keys/scope.ts'
import { systemClock } from '../runtime/clock.ts'
import { type Command, type CommandInput, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openShared } from './open-shared.ts'

const tenantId = 'default'

export const keys: Command = {
  name: 'keys',
  usage: 'keys create <name> [--scope S]... [--expires-days N] | keys list | keys revoke <id>   [--json]',
  summary: 'Make, list and revoke API keys. Works while the service runs.',
  help: [
    `--scope S          may be given several times; default admin. One of: ${scopes.join(', ')}`,
    '--expires-days N   the key ends by itself after N days',
    '--json             answer in JSON',
    '',
    'A key is printed once, when it is made, and alone on standard output. A revoked key is refused within 5 seconds.',
    'Exit status: 0 done, 1 failed (no such key, no database), 2 wrong command line or configuration.',
  ].join('\n'),
  flags: {
    scope: { type: 'string', multiple: true },
    'expires-days': { type: 'string' },
    json: { type: 'boolean' },
  },
  args: { min: 1, max: 2 },
  async run(input) {
    const action = actionOf(input)
    const { database, close } = await openShared(readConfig().database)
    try {
      await action({ database, clock: systemClock, emit: () => {} })
      return exitCode.ok
    } finally {
      await close()
    }
  },
}

type Action = (app: Pick<AppContext, 'database' | 'clock' | 'emit'>) => Promise<void>

function actionOf({ args: [verb, argument], flags }: CommandInput): Action {
  const json = flags.json === true
  if (verb === 'create' && argument !== undefined) return creating(nameOf(argument), flags, json)
  if (flags.scope !== undefined || flags['expires-days'] !== undefined) {
    throw new UsageError('--scope and --expires-days belong to keys create.')
  }
  if (verb === 'list' && argument === undefined) return async app => printKeys(await listKeys(app, tenantId), json)
  if (verb === 'revoke' && argument !== undefined) {
    return async app => {
      await revokeKey(app, tenantId, argument)
      console.log(json ? JSON.stringify({ id: argument, revoked: true }) : `revoked ${argument}`)
    }
  }
  throw new UsageError(`Usage: bunkhouse ${keys.usage}`)
}

function creating(name: string, flags: CommandInput['flags'], json: boolean): Action {
  const expiresAt = expiryOf(textFlag(flags, 'expires-days'))
  const input = { tenantId, name, scopes: scopesOf(flags.scope), expiresAt }
  return async app => {
    const { key, secret } = await createKey(app, input)
    if (json) return console.log(JSON.stringify({ ...shown(key), key: secret }, null, 2))
    console.error(`${key.id} "${key.name}" ${key.scopes.join(',')}`)
    console.log(secret)
  }
}

function printKeys(all: ApiKey[], json: boolean): void {
  const lines = all.map(
    key => `${key.id}  ${key.prefix}…  ${stateOf(key).padEnd(7)}  ${key.scopes.join(',')}  ${key.name}`,
  )
  if (json) console.log(JSON.stringify(all.map(shown), null, 2))
  else console.log(lines.join('\n') || 'No keys yet.')
}

const shown = (key: ApiKey) => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  state: stateOf(key),
  created_at: iso(key.createdAt),
  expires_at: key.expiresAt === null ? null : iso(key.expiresAt),
  revoked_at: key.revokedAt === null ? null : iso(key.revokedAt),
})

const iso = (ms: number): string => new Date(ms).toISOString()

function stateOf({ revokedAt, expiresAt }: ApiKey): 'live' | 'expired' | 'revoked' {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= systemClock.now() ? 'expired' : 'live'
}

function nameOf(text: string): string {
  const name = text.trim()
  if (name === '' || name.length > 128) throw new UsageError('A key has a name of 1 to 128 characters.')
  return name
}

function scopesOf(flag: CommandInput['flags'][string]): Scope[] {
  const given = Array.isArray(flag) ? flag.map(String) : []
  const unknown = given.find(text => !isScope(text))
  if (unknown !== undefined) throw new UsageError(`There is no scope "${unknown}". Scopes: ${scopes.join(', ')}`)
  return given.length === 0 ? ['admin'] : [...new Set(given.filter(isScope))]
}

function expiryOf(days: string | undefined): number | null {
  if (days === undefined) return null
  if (!/^\d{1,5}$/.test(days) || Number(days) === 0)
    throw new UsageError('--expires-days takes a whole number of days.')
  return systemClock.now() + Number(days) * 86_400_000
}
