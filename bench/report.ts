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
      const verdict = judge(row, floors)
      const said = verdict ? [verdict.limit, verdict.holds ? 'holds' : 'MISSED'] : ['', '']
      return [row.subject, row.metric, String(row.value), row.unit, ...said]
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

/** What a row has to be, and whether it is; undefined where nothing is asked of it. */
export function judge({ subject, metric, value }: Row, floors: Floor[]): { limit: string; holds: boolean } | undefined {
  const floor = floors.find(each => each.subject === subject && each.metric === metric)
  if (floor?.least !== undefined) return { limit: `≥ ${floor.least}`, holds: value >= floor.least }
  if (floor?.most !== undefined) return { limit: `≤ ${floor.most}`, holds: value <= floor.most }
  return undefined
}

/** Three digits that say something, and no more. */
function rounded(value: number): number {
  if (Math.abs(value) >= 100) return Math.round(value)
  return Number(value.toPrecision(3))
}
