import { deferred } from '../../runtime/deferred.ts'

/** Resolves after so many milliseconds, or as soon as `signal` aborts or there is news. */
export async function soon(signal: AbortSignal, ms: number, news: Promise<void> = never): Promise<void> {
  const wait = AbortSignal.any([signal, AbortSignal.timeout(ms)])
  const over = deferred<void>()
  wait.addEventListener('abort', () => over.resolve(), { once: true })
  if (wait.aborted) over.resolve()
  await Promise.race([news, over.promise])
}

const never = new Promise<void>(() => {})
