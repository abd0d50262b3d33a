import type { Config } from '../config.ts'
import { secretHider } from '../telemetry/hide-secrets.ts'
import { area, type Finding } from './start/finding.ts'

/** By name. */
export type Checks = Readonly<Record<string, (config: Config) => Finding[] | Promise<Finding[]>>>

/** Runs checks all at once, and tells what they found in their order, without secrets. */
export async function examine(checks: Checks, config: Config): Promise<Finding[]> {
  const found = await Promise.all(Object.entries(checks).map(([name, run]) => attempt(name, () => run(config))))
  return found.flat().map(withoutSecrets(secretHider(config.secrets)))
}

export const hasFailed = (findings: Finding[]): boolean => findings.some(finding => finding.level === 'fail')

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
