import { AppError, invalidField } from '../errors.ts'
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

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i

/** An ISO time of the query as milliseconds since 1970. */
export function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = isoTime.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw invalidField(`/${name}`, 'Give an ISO time, for example 2026-01-31T09:00:00Z.', 'query')
  return ms
}
