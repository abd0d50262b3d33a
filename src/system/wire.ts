import { t } from 'elysia'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import { SettingsObject, settingsExample, settingsToWire } from '../settings/wire.ts'
import type { ProcessRecord } from './process-record.ts'
import type { System } from './read-system.ts'

const time = (description: string) => t.String({ format: 'date-time', description })
const roles = t.Array(t.String(), { description: 'What it does, of api, worker and scheduler.' })
const states = ['starting', 'ready', 'draining', 'stopped', 'failed'] as const

const processExample = {
  id: 'prc_01a20ac7643c74ff917af328c26df1fb',
  host: 'agents-1',
  pid: 7,
  version: '1.4.0',
  roles: ['api', 'worker', 'scheduler'],
  state: 'ready',
  started_at: '2026-11-23T23:39:29.228Z',
  seen_at: '2026-11-23T23:41:09.310Z',
}

const ProcessObject = t.Object(
  {
    id: t.String(),
    host: t.String({ description: 'Name of the machine or container.' }),
    pid: integer(),
    version: t.String(),
    roles,
    state: oneOf([...states, 'gone'], { description: '`gone`: it has said nothing for a minute.' }),
    started_at: time('When it was started.'),
    seen_at: time('When it last said that it lives: every 10 seconds.'),
  },
  { title: 'Process', description: 'A process that shares the database.', examples: [processExample] },
)

const outdatedExample = { tenant_id: 'default', agent: 'greeter', agent_version: 2, current_version: 3, runs: 4 }

export const SystemObject = t.Object(
  {
    object: t.Literal('system'),
    version: t.String({ description: 'Of the process that answers.' }),
    environment: t.String({ description: 'development or production' }),
    process_id: t.String({ description: 'Which of `processes` answers.' }),
    state: oneOf([...states], {
      description: 'Of the process that answers. `draining`: it takes no more work, and lets what runs finish.',
    }),
    roles,
    started_at: time('When it was started.'),
    uptime_seconds: t.Number(),
    database: t.Object({
      dialect: oneOf(['sqlite', 'postgres']),
      size_bytes: integer({ description: 'On disk, without its log.' }),
    }),
    processes: t.Array(ProcessObject, {
      description: 'All that share the database. One that was killed stays for a day, as `gone`.',
    }),
    outdated_runs: t.Array(
      t.Object(
        {
          tenant_id: t.String(),
          agent: t.String(),
          agent_version: integer({ description: 'What the runs were made with, and keep.' }),
          current_version: integer({ description: 'What new runs take.' }),
          runs: integer(),
        },
        { title: 'OutdatedRuns', description: 'Runs still on an old agent version.', examples: [outdatedExample] },
      ),
      { description: 'Unfinished runs whose agent has another version by now; of 100,000 unfinished ones.' },
    ),
    settings: SettingsObject,
  },
  {
    title: 'System',
    description: 'The whole service.',
    examples: [
      {
        object: 'system',
        version: '1.4.0',
        environment: 'production',
        process_id: processExample.id,
        state: 'ready',
        roles: processExample.roles,
        started_at: processExample.started_at,
        uptime_seconds: 100.082,
        database: { dialect: 'postgres', size_bytes: 48_234_496 },
        processes: [processExample],
        outdated_runs: [outdatedExample],
        settings: settingsExample,
      },
    ],
  },
)

const findingExample = {
  level: 'warn' as const,
  area: 'limits',
  text: '1024 files and connections may be open at once',
  advice: 'Raise it: ulimit -n 65536, LimitNOFILE=65536 of systemd, or ulimits of Compose.',
}

export const FindingsObject = t.Object(
  {
    object: t.Literal('findings'),
    ok: t.Boolean({ description: 'Nothing of them is `fail`.' }),
    findings: t.Array(
      t.Object(
        {
          level: oneOf(['ok', 'note', 'warn', 'fail'], {
            description: '`warn` will not stop the service from working, `fail` will.',
          }),
          area: t.String(),
          text: t.String(),
          advice: t.Optional(t.String({ description: 'What to do about it.' })),
        },
        { title: 'Finding', examples: [findingExample] },
      ),
    ),
  },
  { title: 'Findings', examples: [{ object: 'findings', ok: true, findings: [findingExample] }] },
)

const iso = (ms: number): string => new Date(ms).toISOString()

const processToWire = ({ startedAt, seenAt, ...process }: ProcessRecord) => ({
  ...process,
  started_at: iso(startedAt),
  seen_at: iso(seenAt),
})

export const systemToWire = ({ self, environment, uptimeSeconds, database, ...system }: System) => ({
  object: 'system' as const,
  version: self.version,
  environment,
  process_id: self.id,
  state: self.state,
  roles: self.roles,
  started_at: iso(self.startedAt),
  uptime_seconds: uptimeSeconds,
  database: { dialect: database.dialect, size_bytes: database.bytes },
  processes: system.processes.map(processToWire),
  outdated_runs: system.outdatedRuns.map(runs => ({
    tenant_id: runs.tenantId,
    agent: runs.agent,
    agent_version: runs.agentVersion,
    current_version: runs.currentVersion,
    runs: runs.runs,
  })),
  settings: settingsToWire(system.settings),
})
