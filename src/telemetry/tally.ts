export type LabelValue = string | number

/** What a metric is called and told apart by. */
export interface MetricForm {
  name: string
  help: string
  labels: readonly string[]
}

/**
 * Keeps one cell for each set of label values. Found by one map a label: making a text of all labels for each fact, as
 * prom-client does, costs more than all the rest of counting.
 */
abstract class Tally<Cell> {
  readonly form: MetricForm
  readonly cells: { labels: Record<string, LabelValue>; cell: Cell }[] = []
  readonly #root: Branch<Cell> = { next: new Map(), cell: undefined }

  constructor(form: MetricForm) {
    this.form = form
  }

  protected abstract make(): Cell

  /** @param values in the order of the labels */
  protected at(values: readonly LabelValue[]): Cell {
    let branch = this.#root
    for (const value of values) branch = follow(branch, value)
    branch.cell ??= this.#add(values)
    return branch.cell
  }

  #add(values: readonly LabelValue[]): Cell {
    const cell = this.make()
    this.cells.push({
      labels: Object.fromEntries(this.form.labels.map((name, index) => [name, values[index] ?? ''])),
      cell,
    })
    return cell
  }
}

interface Branch<Cell> {
  next: Map<LabelValue, Branch<Cell>>
  cell: Cell | undefined
}

function follow<Cell>(branch: Branch<Cell>, value: LabelValue): Branch<Cell> {
  const known = branch.next.get(value)
  if (known) return known
  const made: Branch<Cell> = { next: new Map(), cell: undefined }
  branch.next.set(value, made)
  return made
}

export class CounterTally extends Tally<{ count: number }> {
  constructor(form: MetricForm) {
    super(form)
    // Without labels it is told from the start, as 0.
    if (form.labels.length === 0) this.add(0)
  }

  add(count: number, ...values: LabelValue[]): void {
    this.at(values).count += count
  }

  protected make() {
    return { count: 0 }
  }
}

interface Distribution {
  /** How many fell into each bucket, and behind them those above the last bound. Not cumulative. */
  counts: number[]
  sum: number
}

export class HistogramTally extends Tally<Distribution> {
  readonly bounds: readonly number[]

  /** @param bounds upper ones, ascending */
  constructor(form: MetricForm, bounds: readonly number[]) {
    super(form)
    this.bounds = bounds
    if (form.labels.length === 0) this.at([])
  }

  add(value: number, ...values: LabelValue[]): void {
    const cell = this.at(values)
    let bucket = 0
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket++
    cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1
    cell.sum += value
  }

  protected make() {
    return { counts: Array<number>(this.bounds.length + 1).fill(0), sum: 0 }
  }
}
