/** A promise together with what settles it. */
export interface Deferred<T> {
  promise: Promise<T>
  resolve(value: T | PromiseLike<T>): void
  reject(reason: unknown): void
}

export const deferred = <T>(): Deferred<T> => Promise.withResolvers<T>()
