import type { InputIssue } from './schema.ts'

const issuesShown = 10

/** What did not fit a schema, in one line. */
export function describeIssues(issues: InputIssue[]): string {
  const shown = issues.slice(0, issuesShown).map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
  const hidden = issues.length - shown.length
  return shown.join('; ') + (hidden > 0 ? `; and ${hidden} more` : '')
}
