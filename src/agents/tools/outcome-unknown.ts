/** Thrown by a tool that was cut off from what it had asked for: nobody knows whether it has happened. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown'
}
