import type { FileFailure } from '../../agents/files/failure.ts'
import type { Finding, Report } from './finding.ts'

export function brokenFile(
  report: Report,
  { file, line, column, message, hint }: FileFailure,
  comfort: string,
): Finding {
  const place = [file, line, column].filter(part => part !== null).join(':')
  return report.fail(`${place}: ${message}`, hint ?? `Mend the file. ${comfort}`)
}
