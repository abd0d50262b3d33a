/** When a rule fires, from the beginning to the end of time. Milliseconds since 1970, whole seconds. */
export interface Times {
  /** The first time after an instant. */
  next(after: number): number | null
  /** The times up to and with an instant, the latest first. */
  upTo(until: number): Iterable<number>
}

/** A rule that cannot be understood. Its message is shown to whoever wrote it. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly field: 'rule' | 'timezone'

  constructor(message: string, field: RuleError['field'] = 'rule') {
    super(message)
    this.field = field
  }
}
