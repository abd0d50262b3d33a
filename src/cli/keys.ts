import { readConfig } from '../config.ts'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'
import { createKey } from '../keys/create-key.ts'
import { listKeys } from '../keys/list-keys.ts'
import { revokeKey } from '../keys/revoke-key.ts'
import { isScope, type Scope, scopes } from '../keys/scope.ts'
import { systemClock } from '../runtime/clock.ts'
import { type Command, type CommandInput, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'

const tenantId = 'default'

export const keys: Command = {
  name: 'keys',
  usage: 'keys create <name> [--scope S]... [--expires-days N] | keys list [--json] | keys revoke <id>',
  summary: 'Make, list and revoke API keys. Works while the service runs.',
  help: [
    `--scope S          may be given several times; default admin. One of: ${scopes.join(', ')}`,
    '--expires-days N   the key ends by itself after N days',
    '--json             print the list as JSON',
    'A key is printed once, when it is made. A revoked key is refused within 5 seconds.',
  ].join('\n'),
  flags: {
    scope: { type: 'string', multiple: true },
    'expires-days': { type: 'string' },
    json: { type: 'boolean' },
  },
  args: { min: 1, max: 2 },
  async run(input) {
    const [verb, argument] = input.args
    const action = actionOf(verb, argument, input)
    // Shared with a running service: keys are no jobs, so no ownership is needed.
    const { database, close } = await openDatabase(readConfig().database, { own: false })
    try {
      await migrate(database)
      await action({ database, clock: systemClock, emit: () => {} })
      return exitCode.ok
    } finally {
      await close()
    }
  },
}

type Action = (app: Parameters<typeof createKey>[0]) => Promise<void>

function actionOf(verb: string | undefined, argument: string | undefined, { flags }: CommandInput): Action {
  if (verb === 'create' && argument) {
    const input = {
      tenantId,
      name: argument,
      scopes: scopesOf(flags.scope),
      expiresAt: expiryOf(textFlag(flags, 'expires-days')),
    }
    return async app => {
      const { key, secret } = await createKey(app, input)
      console.log(`${key.id} "${key.name}" ${key.scopes.join(',')}\n${secret}`)
    }
  }
  if (verb === 'list' && !argument) return app => printKeys(app, flags.json === true)
  if (verb === 'revoke' && argument) {
    return async app => {
      await revokeKey(app, tenantId, argument)
      console.log(`revoked ${argument}`)
    }
  }
  throw new UsageError(`Usage: bunkhouse ${keys.usage}`)
}

async function printKeys(app: Parameters<typeof listKeys>[0], json: boolean): Promise<void> {
  const all = await listKeys(app, tenantId)
  if (json) console.log(JSON.stringify(all, null, 2))
  else if (all.length === 0) console.log('No keys yet.')
  const now = systemClock.now()
  for (const key of json ? [] : all) {
    const expired = key.expiresAt !== null && key.expiresAt <= now
    const state = key.revokedAt !== null ? 'revoked' : expired ? 'expired' : 'live'
    console.log(`${key.id}  ${key.prefix}…  ${state.padEnd(7)}  ${key.scopes.join(',')}  ${key.name}`)
  }
}

function scopesOf(flag: CommandInput['flags'][string]): Scope[] {
  const given = Array.isArray(flag) ? flag.map(String) : []
  const unknown = given.find(text => !isScope(text))
  if (unknown !== undefined) throw new UsageError(`There is no scope "${unknown}". Scopes: ${scopes.join(', ')}`)
  return given.length === 0 ? ['admin'] : given.filter(isScope)
}

function expiryOf(days: string | undefined): number | null {
  if (days === undefined) return null
  if (!/^\d{1,5}$/.test(days) || days === '0') throw new UsageError('--expires-days takes a whole number of days.')
  return systemClock.now() + Number(days) * 86_400_000
}
