import { type FieldError, invalidField } from '../errors.ts'

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i

/** An ISO time of a request as milliseconds since 1970. @throws AppError invalid_request */
export function timeOf(name: string, text: string | undefined, where: FieldError['in'] = 'query'): number | undefined {
  if (text === undefined) return undefined
  const ms = isoTime.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw invalidField(`/${name}`, 'Give an ISO time, for example 2026-01-31T09:00:00Z.', where)
  return ms
}
