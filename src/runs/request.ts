import { AppError } from '../errors.ts'
import { canonicalJson } from '../json.ts'

/** The client's claim that it may have sent this request before. */
export function idempotencyOf(request: Request, body: unknown): { key: string; requestDigest: string } | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  const requestDigest = new Bun.CryptoHasher('sha256').update(canonicalJson(body)).digest('hex')
  return { key, requestDigest }
}

/** Where to go on reading: `after` wins over the header that browsers send by themselves. */
export function afterOf(request: Request, after: number | undefined): number {
  if (after !== undefined) return after
  const last = request.headers.get('last-event-id')
  if (last === null || last === '') return 0
  if (!/^\d{1,9}$/.test(last)) throw new AppError('invalid_cursor', 'Last-Event-ID must be the number of an event.')
  return Number(last)
}
