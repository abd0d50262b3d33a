import type { Checks } from '../doctor/examine.ts'
import { checkAgents } from '../doctor/start/agents.ts'
import { checkBackups } from '../doctor/start/backups.ts'
import { checkConfiguration } from '../doctor/start/configuration.ts'
import { checkDatabase } from '../doctor/start/database.ts'
import { checkDisk } from '../doctor/start/disk.ts'
import { checkJobs } from '../doctor/start/jobs.ts'
import { checkModels } from '../doctor/start/models.ts'
import { checkRedis } from '../doctor/start/redis.ts'
import type { Command } from './command.ts'
import { checkPort } from './port.ts'
import { runChecks } from './run-checks.ts'

/** What a start needs, in the order in which it is told. */
export const checks: Checks = {
  configuration: checkConfiguration,
  database: checkDatabase,
  redis: checkRedis,
  models: checkModels,
  agents: checkAgents,
  jobs: checkJobs,
  port: checkPort,
  disk: checkDisk,
  backups: checkBackups,
}

export const check: Command = {
  name: 'check',
  usage: 'check [--json]',
  summary: 'Say whether a start would go well, and what to do where it would not.',
  help: [
    '--json   print the findings as JSON: {"ok": …, "findings": [{"level", "area", "text", "advice"?}]}',
    '',
    'Looks at the configuration, the database, Redis, the model providers (by listing their models), the agent and job',
    'files, the port, the disk and the place for backups. Changes nothing, and may be run beside a service. `doctor` looks at',
    'more. Each finding is one line:',
    '  ok     as it should be',
    '  note   good to know',
    '  warn   the service works, but something in it will not',
    '  fail   the service does not work, or not as it was told to',
    'Exit status: 0 nothing failed, 1 something failed, 2 the configuration itself is wrong.',
  ].join('\n'),
  flags: { json: { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    return runChecks(checks, { json: flags.json === true })
  },
}
