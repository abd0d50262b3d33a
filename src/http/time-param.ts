import { invalidField } from '../errors.ts'

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i

/** An ISO time of the query as milliseconds since 1970. */
export function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = isoTime.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw invalidField(`/${name}`, 'Give an ISO time, for example 2026-01-31T09:00:00Z.', 'query')
  return ms
}
