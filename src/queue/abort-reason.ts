/** Why an attempt's signal was aborted. */
export class CancelRequested extends Error {
  override readonly name = 'CancelRequested'
}

/** The lease is someone else's: write nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** The process stops: hand the job back. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** The attempt has used up the time of its job. It counts as failed. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

export const stopping = (): Interrupted => new Interrupted('The process stops.')
