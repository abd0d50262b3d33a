// What an object in a file may hold, and everything that is wrong with one. Such files are often JavaScript, or
// TypeScript nobody type-checked.
import { nearest } from './nearest.ts'

/** `key` is the property the problem is about, as it stands in the file. */
export interface Problem {
  message: string
  key?: string
}

/** Says what the value must be when it is not that; null when it is fine. */
export type Check = (value: unknown) => string | null

export interface Shape {
  checks: Record<string, Check>
  required: string[]
  /** Names other libraries use for the same thing. */
  aliases: Record<string, string>
}

export const must =
  (text: string, passes: (value: unknown) => boolean): Check =>
  value =>
    passes(value) ? null : text

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)

export const isText = must('must be a string', value => typeof value === 'string')
export const isCount = must(
  'must be a positive whole number',
  value => Number.isSafeInteger(value) && Number(value) > 0,
)
export const isFunction = must('must be a function', value => typeof value === 'function')
/** Some libraries' schemas are functions. */
export const isSchema = must(
  'must be a JSON Schema object or a Standard Schema',
  value => isObject(value) || (typeof value === 'function' && '~standard' in value),
)

/** @param where said before each problem, as `tool "add": ` */
export function objectProblems(value: Record<string, unknown>, shape: Shape, where: string): Problem[] {
  const problems: Problem[] = []
  for (const [key, given] of Object.entries(value)) {
    const check = Object.hasOwn(shape.checks, key) ? shape.checks[key] : undefined
    if (check === undefined) problems.push(unknownKey(key, shape, where))
    else if (given !== undefined) {
      const complaint = check(given)
      if (complaint !== null) problems.push({ key, message: `${where}${key} ${complaint}, not ${show(given)}` })
    }
  }
  const missing = shape.required.filter(key => value[key] === undefined)
  return [...problems, ...missing.map(key => ({ message: `${where}${key} is missing` }))]
}

function unknownKey(key: string, { checks, aliases }: Shape, where: string): Problem {
  const known = Object.hasOwn(aliases, key) ? aliases[key] : nearest(key, Object.keys(checks))
  const advice = known === undefined ? `known are ${Object.keys(checks).join(', ')}` : `did you mean "${known}"?`
  return { key, message: `${where}unknown key "${key}"; ${advice}` }
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a promise'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
