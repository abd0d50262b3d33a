import { readConfig } from '../config.ts'
import type { Actor } from '../context.ts'
import { type ApiKey, stateOf } from '../keys/api-key.ts'
import { revokeKey } from '../keys/change-key.ts'
import { createKey, type KeyInput } from '../keys/create-key.ts'
import type { KeyContext } from '../keys/grant.ts'
import { listKeys } from '../keys/list-keys.ts'
import { isScope, type Scope, scopes } from '../keys/scope.ts'
import { keyToWire } from '../keys/wire.ts'
import { systemClock } from '../runtime/clock.ts'
import { type Command, type CommandInput, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openShared } from './open-shared.ts'

export const keys: Command = {
  name: 'keys',
  usage:
    'keys create <name> [--scope S]... [--agent A]... [--rate-limit N] [--expires-days N] | keys list | keys revoke <id>   [--tenant T] [--json]',
  summary: 'Make, list and revoke API keys. Works while the service runs.',
  help: [
    `--scope S          may be given several times; default admin. One of: ${scopes.join(', ')}`,
    '--agent A          may be given several times: it may use these agents only; default all',
    '--rate-limit N     requests a minute; default as is configured for all',
    '--expires-days N   the key ends by itself after N days',
    '--tenant T         whose keys; default: default',
    '--json             answer in JSON',
    '',
    'A key is printed once, when it is made, and alone on standard output. A revoked key is refused within 5 seconds.',
    'Exit status: 0 done, 1 failed (no such key, no database), 2 wrong command line or configuration.',
  ].join('\n'),
  flags: {
    scope: { type: 'string', multiple: true },
    agent: { type: 'string', multiple: true },
    'rate-limit': { type: 'string' },
    'expires-days': { type: 'string' },
    tenant: { type: 'string' },
    json: { type: 'boolean' },
  },
  args: { min: 1, max: 2 },
  async run(input) {
    const action = actionOf(input)
    const { database, close } = await openShared(readConfig())
    try {
      await action({ database, clock: systemClock, emit: () => {}, forgetKeys: () => {} })
      return exitCode.ok
    } finally {
      await close()
    }
  },
}

type Action = (app: KeyContext) => Promise<void>

const ofCreate = ['scope', 'agent', 'rate-limit', 'expires-days']

function actionOf({ args: [verb, argument], flags }: CommandInput): Action {
  const json = flags.json === true
  // Whoever may start this program may do everything.
  const operator: Actor = { tenantId: textFlag(flags, 'tenant') ?? 'default', keyId: null }
  if (verb === 'create' && argument !== undefined) return creating(operator, nameOf(argument), flags)
  const misplaced = ofCreate.find(name => flags[name] !== undefined)
  if (misplaced !== undefined) throw new UsageError(`--${misplaced} belongs to keys create.`)
  if (verb === 'list' && argument === undefined) return async app => printKeys(await listKeys(app, operator), json)
  if (verb === 'revoke' && argument !== undefined) {
    return async app => {
      await revokeKey(app, operator, argument)
      console.log(json ? JSON.stringify({ id: argument, revoked: true }) : `revoked ${argument}`)
    }
  }
  throw new UsageError(`Usage: bunkhouse ${keys.usage}`)
}

function creating(operator: Actor, name: string, flags: CommandInput['flags']): Action {
  const input: KeyInput = {
    name,
    scopes: scopesOf(flags.scope),
    agents: agentsOf(flags.agent),
    rateLimit: rateLimitOf(textFlag(flags, 'rate-limit')),
    expiresAt: expiryOf(textFlag(flags, 'expires-days')),
  }
  return async app => {
    const { key, secret } = await createKey(app, operator, input)
    if (flags.json) return console.log(JSON.stringify({ ...shown(key), key: secret }, null, 2))
    console.error([key.id, `"${key.name}"`, key.scopes.join(','), ...(key.agents ?? [])].join(' '))
    console.log(secret)
  }
}

function printKeys(all: ApiKey[], json: boolean): void {
  const lines = all.map(
    key => `${key.id}  ${key.prefix}…  ${stateOf(key, now()).padEnd(7)}  ${key.scopes.join(',')}  ${key.name}`,
  )
  if (json) console.log(JSON.stringify(all.map(shown), null, 2))
  else console.log(lines.join('\n') || 'No keys yet.')
}

const now = () => systemClock.now()
const shown = (key: ApiKey) => keyToWire(key, now())

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

function agentsOf(flag: CommandInput['flags'][string]): string[] | null {
  const given = Array.isArray(flag) ? [...new Set(flag.map(String))] : []
  const wrong = given.find(name => !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name))
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no name of an agent.`)
  return given.length === 0 ? null : given
}

/** Requests a minute. */
export function rateLimitOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,6}$/.test(text) || Number(text) > 1_000_000) {
    throw new UsageError('--rate-limit takes a number of requests a minute, from 1 to 1000000.')
  }
  return Number(text)
}

function expiryOf(days: string | undefined): number | null {
  if (days === undefined) return null
  if (!/^\d{1,5}$/.test(days) || Number(days) === 0)
    throw new UsageError('--expires-days takes a whole number of days.')
  return systemClock.now() + Number(days) * 86_400_000
}
