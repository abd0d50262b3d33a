export type LabelValue = string | number

/** What a metric is called and told apart by. */
export interface MetricForm {
  name: string
  help: string
  labels: readonly string[]
  /** Those of the labels that callers or agents make up. */
  open?: readonly string[]
}

/** What stands for all that came when a tally was full. */
const other = 'other'
/** Longer values are not told apart. */
const longestValue = 128

/**
 * Keeps one cell for each set of label values. Found by one map a label: making a text of all labels for each fact, as
 * prom-client does, costs more than all the rest of counting. Once it is full, what callers make up is counted as `other`.
 */
abstract class Tally<Cell> {
  readonly form: MetricForm
  readonly cells: { labels: Record<string, LabelValue>; cell: Cell }[] = []
  readonly #root: Branch<Cell> = { next: new Map(), cell: undefined }
  readonly #limit: number
  readonly #isOpen: readonly boolean[]

  constructor(form: MetricForm, limit: number) {
    this.form = form
    this.#limit = limit
    this.#isOpen = form.labels.map(label => form.open?.includes(label) === true)
  }

  protected abstract make(): Cell

  /** @param values in the order of the labels */
  protected at(values: readonly LabelValue[]): Cell {
    let branch: Branch<Cell> | undefined = this.#root
    for (const value of values) {
      branch = branch.next.get(value)
      if (branch === undefined) break
    }
    return branch?.cell ?? this.#add(this.#bounded(values))
  }

  /** The labels that stay as they are have few values: what is made of them is added even to a full tally. */
  #bounded(values: readonly LabelValue[]): LabelValue[] {
    const full = this.cells.length >= this.#limit
    return values.map((value, index) =>
      this.#isOpen[index] && (full || String(value).length > longestValue) ? other : value,
    )
  }

  #add(values: readonly LabelValue[]): Cell {
    let branch = this.#root
    for (const value of values) branch = follow(branch, value)
    if (branch.cell) return branch.cell
    const cell = this.make()
    branch.cell = cell
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

const countersAtMost = 5_000
/** Each is a line for every bucket. */
const distributionsAtMost = 1_000

export class CounterTally extends Tally<{ count: number }> {
  constructor(form: MetricForm, limit = countersAtMost) {
    super(form, limit)
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

/** The trace of one of the values in a bucket. */
export interface Exemplar {
  traceId: string
  value: number
  /** Seconds since 1970. */
  at: number
}

export interface Distribution {
  /** How many fell into each bucket, and behind them those above the last bound. Not cumulative. */
  counts: number[]
  sum: number
  /** By bucket, the last one; undefined while there was none. */
  exemplars: (Exemplar | undefined)[] | undefined
}

export class HistogramTally extends Tally<Distribution> {
  readonly bounds: readonly number[]

  /** @param bounds upper ones, ascending */
  constructor(form: MetricForm, bounds: readonly number[], limit = distributionsAtMost) {
    super(form, limit)
    this.bounds = bounds
    if (form.labels.length === 0) this.at([])
  }

  add(value: number, ...values: LabelValue[]): void {
    this.#count(this.at(values), value)
  }

  /** The same for a value that may belong to a trace. */
  addTraced(value: number, traceId: string | undefined, ...values: LabelValue[]): void {
    const cell = this.at(values)
    const bucket = this.#count(cell, value)
    if (traceId === undefined) return
    cell.exemplars ??= []
    cell.exemplars[bucket] = { traceId, value, at: Date.now() / 1000 }
  }

  #count(cell: Distribution, value: number): number {
    let bucket = 0
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket++
    cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1
    cell.sum += value
    return bucket
  }

  protected make(): Distribution {
    return { counts: Array<number>(this.bounds.length + 1).fill(0), sum: 0, exemplars: undefined }
  }
}
