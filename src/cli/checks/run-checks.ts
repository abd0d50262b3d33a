import { type Config, readConfig } from '../../config.ts'
import { ConfigError } from '../../config-reader.ts'
import { secretHider } from '../../telemetry/hide-secrets.ts'
import { exitCode } from '../exit-code.ts'
import { claimStdout, type Write } from '../stdout.ts'
import { configurationProblems } from './configuration.ts'
import { area, type Finding } from './finding.ts'

/** By name. */
export type Checks = Readonly<Record<string, (config: Config) => Finding[] | Promise<Finding[]>>>

/** Runs them all at once, tells what was found in their order, and returns the exit code. */
export async function runChecks(checks: Checks, { json }: { json: boolean }): Promise<number> {
  const write = claimStdout()
  const tell = json ? tellJson : tellLines
  const config = readOrExplain()
  if (Array.isArray(config)) {
    await tell(write, config)
    return exitCode.usage
  }
  const found = await Promise.all(Object.entries(checks).map(([name, run]) => attempt(name, () => run(config))))
  const findings = found.flat().map(withoutSecrets(secretHider(config.secrets)))
  await tell(write, findings)
  return hasFailed(findings) ? exitCode.failed : exitCode.ok
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
const withoutSecrets =
  (hide: (text: string) => string) =>
  (finding: Finding): Finding => ({
    ...finding,
    text: hide(finding.text),
    ...(finding.advice !== undefined && { advice: hide(finding.advice) }),
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
