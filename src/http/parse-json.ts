// Only then can there be a field of that name: it may be written with escapes, as no client writes letters.
const mayHaveToString = /toString|\\u00[567]/

/**
 * As `JSON.parse`, of what others have written. An object with a field `toString` cannot be put into a text, which Elysia
 * does with what does not fit a schema: such a one gets another way to be, which no walk over its fields sees.
 */
export const parseJson = (text: string): unknown =>
  mayHaveToString.test(text) ? JSON.parse(text, (_, value) => printable(value)) : JSON.parse(text)

function printable(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'toString')) {
    Object.defineProperty(value, Symbol.toPrimitive, { value: () => '[object Object]' })
  }
  return value
}
