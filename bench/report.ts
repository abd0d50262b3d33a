/** One measured figure. `subject` is what was measured, `metric` which of its properties. */
export interface Row {
  bench: string
  subject: string
  metric: string
  value: number
  unit: string
}

/** What a figure has to be at least, or at most. */
export interface Floor {
  subject: string
  metric: string
  least?: number
  most?: number
}

/** Collects the rows of one bench, and says each on standard error as it comes. */
export class Report {
  readonly rows: Row[] = []
  readonly #bench: string

  constructor(bench: string) {
    this.#bench = bench
  }

  add(subject: string, metric: string, value: number, unit: string): void {
    this.rows.push({ bench: this.#bench, subject, metric, value: rounded(value), unit })
    console.error(`  ${subject}: ${metric} ${rounded(value)} ${unit}`)
  }
}

/** Rows as an aligned table, each with its floor where it has one. */
export function table(rows: Row[], floors: Floor[]): string {
  const lines = [
    ['subject', 'metric', 'value', 'unit', 'floor', ''],
    ...rows.map(row => {
      const floor = floors.find(({ subject, metric }) => subject === row.subject && metric === row.metric)
      return [row.subject, row.metric, String(row.value), row.unit, ...(floor ? judged(row.value, floor) : ['', ''])]
    }),
  ]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0))) ?? []
  return lines
    .map(line =>
      line
        .map((cell, column) => (column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function judged(value: number, { least, most }: Floor): [string, string] {
  if (least !== undefined) return [`≥ ${least}`, value >= least ? 'holds' : 'MISSED']
  if (most !== undefined) return [`≤ ${most}`, value <= most ? 'holds' : 'MISSED']
  return ['', '']
}

/** Three digits that say something, and no more. */
function rounded(value: number): number {
  if (Math.abs(value) >= 100) return Math.round(value)
  return Number(value.toPrecision(3))
}
