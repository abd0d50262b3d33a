import { checkAgents } from './checks/agents.ts'
import { checkBackups } from './checks/backups.ts'
import { checkConfiguration } from './checks/configuration.ts'
import { checkDatabase } from './checks/database.ts'
import { checkDisk } from './checks/disk.ts'
import { checkJobs } from './checks/jobs.ts'
import { checkModels } from './checks/models.ts'
import { checkPort } from './checks/port.ts'
import { checkRedis } from './checks/redis.ts'
import { type Checks, runChecks } from './checks/run-checks.ts'
import type { Command } from './command.ts'

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
