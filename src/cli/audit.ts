import { auditActions } from '../audit/action.ts'
import { listAudit } from '../audit/list-audit.ts'
import { type ChainReport, verifyChain } from '../audit/verify-chain.ts'
import { auditToWire } from '../audit/wire.ts'
import { readConfig } from '../config.ts'
import type { Database } from '../db/database.ts'
import { type Command, type CommandInput, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openShared } from './open-shared.ts'

export const audit: Command = {
  name: 'audit',
  usage:
    'audit verify [--expect HASH] | audit list [--tenant T] [--actor A] [--action A] [--target ID] [--limit N]   [--json]',
  summary: 'Read the audit log, and prove that nothing in it was changed.',
  help: [
    'verify             reads all entries and prints how many there are and the hash of the last one',
    '--expect HASH      a hash that verify printed before: it must still be in the chain. Without it, entries that were',
    '                   cut off at the end are not noticed',
    'list               the latest entries first',
    '--tenant T         default: default',
    '--actor A          id of a key, operator or system',
    `--action A         one of: ${auditActions.join(', ')}`,
    '--target ID        what it was done to',
    '--limit N          how many at most; default 50',
    '--json             answer in JSON',
    '',
    'Exit status: 0 done, 1 the chain is broken or there is no database, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: {
    expect: { type: 'string' },
    tenant: { type: 'string' },
    actor: { type: 'string' },
    action: { type: 'string' },
    target: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  args: { min: 1, max: 1 },
  async run(input) {
    const action = actionOf(input)
    const { database, close } = await openShared(readConfig())
    try {
      return await action(database)
    } finally {
      await close()
    }
  },
}

const listFlags = ['tenant', 'actor', 'action', 'target', 'limit']

function actionOf({ args: [verb], flags }: CommandInput): (database: Database) => Promise<number> {
  const beside = verb === 'verify' ? listFlags : ['expect']
  const wrong = beside.find(name => flags[name] !== undefined)
  if (verb !== 'verify' && verb !== 'list') throw new UsageError(`Usage: bunkhouse ${audit.usage}`)
  if (wrong !== undefined) throw new UsageError(`--${wrong} does not belong to audit ${verb}.`)
  return verb === 'verify' ? verifying(flags) : listing(flags)
}

function verifying(flags: CommandInput['flags']) {
  const expect = textFlag(flags, 'expect')?.toLowerCase()
  if (expect !== undefined && !/^[0-9a-f]{64}$/.test(expect)) throw new UsageError('--expect takes 64 hex digits.')
  return async (database: Database) => {
    const report = await verifyChain(database, expect)
    const whole = report.faults.length === 0 && report.expected !== false
    if (flags.json) console.log(JSON.stringify({ ...report, whole }, null, 2))
    else print(report, whole)
    return whole ? exitCode.ok : exitCode.failed
  }
}

function print({ entries, head, faults, expected }: ChainReport, whole: boolean): void {
  for (const { seq, message } of faults) console.error(`entry ${seq}: ${message}`)
  if (expected === false) console.error('The expected hash is not in the chain: entries were cut off or replaced.')
  console.log(`${whole ? 'whole' : 'BROKEN'}: ${entries} entries, head ${head}`)
}

function listing(flags: CommandInput['flags']) {
  const given = textFlag(flags, 'action')
  const action = auditActions.find(each => each === given)
  if (given !== undefined && action === undefined) throw new UsageError(`There is no action "${given}".`)
  const limit = textFlag(flags, 'limit') ?? '50'
  if (!/^[1-9]\d{0,4}$/.test(limit)) throw new UsageError('--limit takes a number from 1 to 99999.')
  const filter = { actor: textFlag(flags, 'actor'), action, target: textFlag(flags, 'target') }
  const tenantId = textFlag(flags, 'tenant') ?? 'default'
  return async (database: Database) => {
    const rows = await listAudit({ database }, { tenantId }, filter, { limit: Number(limit) })
    const entries = rows.map(auditToWire)
    if (flags.json) console.log(JSON.stringify(entries, null, 2))
    else for (const entry of entries) console.log(lineOf(entry))
    return exitCode.ok
  }
}

const lineOf = ({ seq, at, actor, action, target, details }: ReturnType<typeof auditToWire>): string =>
  `${seq}  ${at}  ${actor}  ${action}  ${target.type} ${target.id}  ${JSON.stringify(details)}`
