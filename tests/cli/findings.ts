import { expect } from 'bun:test'
import type { Finding } from '../../src/doctor/start/finding.ts'
import type { Cli } from '../support/cli.ts'

export type Env = Record<string, string | undefined>

/** What `check`, or `doctor`, finds in such an environment, as JSON and by area. */
export async function findingsOf(cli: Cli, env: Env, command: 'check' | 'doctor' = 'check') {
  const { code, stdout } = await cli.run([command, '--json'], { env })
  const report: { ok: boolean; findings: Finding[] } = JSON.parse(stdout)
  expect(report.ok).toBe(code === 0)
  for (const { level, advice } of report.findings) {
    expect(advice !== undefined).toBe(level === 'warn' || level === 'fail')
  }
  const of = (area: string) => report.findings.filter(finding => finding.area === area)
  return { code, stdout, findings: report.findings, of }
}
