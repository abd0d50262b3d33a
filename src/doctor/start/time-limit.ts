/** Rejects with the message when the work takes longer. The work itself is left to itself. */
export async function withTimeLimit<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const limit = AbortSignal.timeout(ms)
  limit.addEventListener('abort', () => late.reject(new Error(message)), { once: true })
  return Promise.race([work, late.promise])
}
