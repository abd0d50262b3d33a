import { type Config, readConfig } from '../config.ts'
import { ConfigError } from '../config-reader.ts'
import { hideSecrets } from '../telemetry/hide-secrets.ts'
import { checkAgents } from './checks/agents.ts'
import { checkConfiguration, configurationProblems } from './checks/configuration.ts'
import { checkDatabase } from './checks/database.ts'
import { checkDisk } from './checks/disk.ts'
import { area, type Finding } from './checks/finding.ts'
import { checkJobs } from './checks/jobs.ts'
import { checkModels } from './checks/models.ts'
import { checkPort } from './checks/port.ts'
import { checkRedis } from './checks/redis.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'
import { claimStdout, type Write } from './stdout.ts'

/** In the order in which they are told. */
const checks: Record<string, (config: Config) => Finding[] | Promise<Finding[]>> = {
  configuration: checkConfiguration,
  database: checkDatabase,
  redis: checkRedis,
  models: checkModels,
  agents: checkAgents,
  jobs: checkJobs,
  port: checkPort,
  disk: checkDisk,
}

export const check: Command = {
  name: 'check',
  usage: 'check [--json]',
  summary: 'Say whether a start would go well, and what to do where it would not.',
  help: [
    '--json   print the findings as JSON: {"ok": …, "findings": [{"level", "area", "text", "advice"?}]}',
    '',
    'Looks at the configuration, the database, Redis, the model providers (by listing their models), the agent and job',
    'files, the port and the disk. Changes nothing, and may be run beside a service. Each finding is one line:',
    '  ok     as it should be',
    '  note   good to know',
    '  warn   the service works, but something in it will not',
    '  fail   the service does not work, or not as it was told to',
    'Exit status: 0 nothing failed, 1 something failed, 2 the configuration itself is wrong.',
  ].join('\n'),
  flags: { json: { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const write = claimStdout()
    const tell = flags.json ? tellJson : tellLines
    const config = readOrExplain()
    if (Array.isArray(config)) {
      await tell(write, config)
      return exitCode.usage
    }
    const found = await Promise.all(Object.entries(checks).map(([name, run]) => attempt(name, () => run(config))))
    const findings = found.flat().map(withoutSecrets)
    await tell(write, findings)
    return hasFailed(findings) ? exitCode.failed : exitCode.ok
  },
}

function readOrExplain(): Config | Finding[] {
  try {
    return readConfig()
  } catch (error) {
    if (error instanceof ConfigError) return configurationProblems(error)
    throw error
  }
}

/** What one check did not foresee must not hide what the others found. */
async function attempt(name: string, run: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [area(name).fail(`this could not be checked: ${reason}`, 'Mend that first, and check again.')]
  }
}

/** What servers and agent files say of their errors is not ours. */
const withoutSecrets = (finding: Finding): Finding => ({
  ...finding,
  text: hideSecrets(finding.text),
  ...(finding.advice !== undefined && { advice: hideSecrets(finding.advice) }),
})

const hasFailed = (findings: Finding[]): boolean => findings.some(finding => finding.level === 'fail')

const tellJson = (write: Write, findings: Finding[]) =>
  write(`${JSON.stringify({ ok: !hasFailed(findings), findings }, null, 2)}\n`)

const tellLines = (write: Write, findings: Finding[]) =>
  write(
    findings
      .map(({ level, area, text, advice }) => {
        const line = `${level.padEnd(4)}  ${area}: ${oneLine(text)}\n`
        return advice === undefined ? line : `${line}      → ${oneLine(advice)}\n`
      })
      .join(''),
  )

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ')
