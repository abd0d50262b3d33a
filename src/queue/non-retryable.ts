/** Thrown by an attempt that would fail in the same way again: the job is discarded, whatever attempts it has left. */
export class NonRetryable extends Error {
  override readonly name = 'NonRetryable'
}
