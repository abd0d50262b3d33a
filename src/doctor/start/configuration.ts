import type { Config } from '../../config.ts'
import type { ConfigError } from '../../config-reader.ts'
import { area, type Finding } from './finding.ts'

const report = area('configuration')
const advice = 'Set it right, or leave it out for its default. .env.example describes every variable.'

/** One finding for each variable that is wrong. Problems never quote a secret. */
export const configurationProblems = (error: ConfigError): Finding[] =>
  error.problems.map(problem => report.fail(problem, advice))

export function checkConfiguration(config: Config): Finding[] {
  const roles = [...config.roles].join(', ')
  return [
    report.ok(`version ${config.version}, ${config.environment}, roles ${roles}`),
    ...(config.apiKey === null
      ? [report.note('BUNKHOUSE_API_KEY is not set: a start that finds no key in the database makes one and prints it')]
      : []),
    ...(config.environment === 'production' && config.secretKeys.length === 0
      ? [
          report.note(
            'BUNKHOUSE_SECRET_KEY is not set: webhooks, and runs with a webhook that is signed, are refused in production',
          ),
        ]
      : []),
    ...(config.roles.has('worker')
      ? []
      : [report.note('without the role worker this process runs nothing: another one has to')]),
  ]
}
