import type { ModelFailure } from './models/failure.ts'

/** A model call went wrong on the provider's side or on the way to it. */
export class ModelFailed extends Error {
  override readonly name = 'ModelFailed'
  readonly failure: ModelFailure

  constructor(failure: ModelFailure, cause: unknown) {
    super(failure.message, { cause })
    this.failure = failure
  }
}
