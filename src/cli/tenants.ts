import { readConfig } from '../config.ts'
import type { KeyContext } from '../keys/grant.ts'
import { systemClock } from '../runtime/clock.ts'
import { changeTenant, type TenantChange } from '../tenants/change-tenant.ts'
import { createTenant } from '../tenants/create-tenant.ts'
import { listTenants } from '../tenants/read-tenant.ts'
import { createdTenantToWire, tenantId, tenantToWire } from '../tenants/wire.ts'
import { type Command, type CommandInput, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'
import { rateLimitOf } from './keys.ts'
import { openShared } from './open-shared.ts'

const operator = { tenantId: 'default', keyId: null }
const listedAtMost = 100_000

export const tenants: Command = {
  name: 'tenants',
  usage:
    'tenants create <id> [--name N] [--rate-limit N] | tenants list | tenants archive <id> | tenants restore <id>   [--json]',
  summary: 'Make, list and archive tenants. Works while the service runs.',
  help: [
    'create             prints the first admin key of the tenant, alone on standard output; it is kept nowhere',
    '--name N           for people; default the id',
    '--rate-limit N     requests a minute of all its keys together; default none',
    'archive            its keys are refused within 5 seconds, and its schedules paused; what it has stays',
    'restore            its keys work again; its schedules stay paused',
    '--json             answer in JSON',
    '',
    'The tenant default is always there and not in the list.',
    'Exit status: 0 done, 1 failed (no such tenant, no database), 2 wrong command line or configuration.',
  ].join('\n'),
  flags: { name: { type: 'string' }, 'rate-limit': { type: 'string' }, json: { type: 'boolean' } },
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

function actionOf({ args: [verb, id], flags }: CommandInput): Action {
  if (verb === 'create' && id !== undefined) return creating(id, flags)
  if (flags.name !== undefined || flags['rate-limit'] !== undefined) {
    throw new UsageError('--name and --rate-limit belong to tenants create.')
  }
  const json = flags.json === true
  if (verb === 'list' && id === undefined) return app => list(app, json)
  if (verb === 'archive' && id !== undefined) return app => change(app, id, { archived: true }, json)
  if (verb === 'restore' && id !== undefined) return app => change(app, id, { archived: false }, json)
  throw new UsageError(`Usage: bunkhouse ${tenants.usage}`)
}

function creating(id: string, flags: CommandInput['flags']): Action {
  if (!new RegExp(tenantId.pattern).test(id)) {
    throw new UsageError('A tenant has an id of lower-case letters, digits, - and _, at most 63.')
  }
  const name = textFlag(flags, 'name') ?? id
  if (name === '' || name.length > 128) throw new UsageError('A tenant has a name of 1 to 128 characters.')
  const input = { id, name, rateLimit: rateLimitOf(textFlag(flags, 'rate-limit')) }
  return async app => {
    const created = await createTenant(app, operator, input)
    if (flags.json) return console.log(JSON.stringify(createdTenantToWire(created), null, 2))
    console.error(`tenant ${id}, admin key ${created.admin.key.id}`)
    console.log(created.admin.secret)
  }
}

async function list({ database }: KeyContext, json: boolean): Promise<void> {
  const all = (await listTenants(database, { limit: listedAtMost })).map(tenantToWire)
  if (json) return console.log(JSON.stringify(all, null, 2))
  const lines = all.map(({ id, name, archived_at }) => `${id}  ${archived_at ? 'archived' : 'live'}  ${name}`)
  console.log(lines.join('\n') || 'No tenants but default.')
}

async function change(app: KeyContext, id: string, given: TenantChange, json: boolean): Promise<void> {
  const changed = await changeTenant(app, operator, id, given)
  if (json) console.log(JSON.stringify(tenantToWire(changed), null, 2))
  else console.log(`${id} is ${changed.archivedAt === null ? 'live' : 'archived'}`)
}
