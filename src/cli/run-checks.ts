import { type Config, readConfig } from '../config.ts'
import { ConfigError } from '../config-reader.ts'
import { type Checks, examine, hasFailed } from '../doctor/examine.ts'
import { configurationProblems } from '../doctor/start/configuration.ts'
import type { Finding } from '../doctor/start/finding.ts'
import { exitCode } from './exit-code.ts'
import { claimStdout, type Write } from './stdout.ts'

/** Runs them all at once, tells what was found in their order, and returns the exit code. */
export async function runChecks(checks: Checks, { json }: { json: boolean }): Promise<number> {
  const write = claimStdout()
  const tell = json ? tellJson : tellLines
  const config = readOrExplain()
  if (Array.isArray(config)) {
    await tell(write, config)
    return exitCode.usage
  }
  const findings = await examine(checks, config)
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
