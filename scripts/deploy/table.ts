import type { Result } from './check.ts'

const widths = [26, 42, 30, 42]
const titles = ['artifact', 'how it was checked', 'result', 'what could not be checked here']

/** Artifact, how it was checked, result, what could not be checked here. */
export function table(results: Result[]): string {
  const rows = results.map(result => [
    result.check.artifact,
    result.check.how,
    outcomeText(result),
    result.outcome === 'not checked' ? `all of it: ${result.reason}` : result.check.cannot || 'nothing',
  ])
  const line = widths.map(width => '-'.repeat(width)).join('-+-')
  return [titles, ...rows].flatMap(row => [...wrapRow(row), line]).join('\n')
}

function outcomeText({ outcome, held, notes, seconds, reason }: Result): string {
  if (outcome === 'not checked') return 'not checked here'
  if (outcome === 'failed') return `FAILED after ${held}: ${reason?.split('\n', 1)[0]}`
  return [`passed: ${held} of ${held} in ${seconds} s`, ...notes].join('; ')
}

function wrapRow(cells: string[]): string[] {
  const wrapped = cells.map((cell, column) => wrap(cell, widths[column] ?? 40))
  const height = Math.max(...wrapped.map(lines => lines.length))
  return Array.from({ length: height }, (_, at) =>
    wrapped
      .map((lines, column) => (lines[at] ?? '').padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd(),
  )
}

/** Words longer than a line, such as paths, are cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  const words = text.split(/\s+/).flatMap(word => word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
