import { t } from 'elysia'

/** One of some texts. Elysia's own makes the first of them the default, which nobody asked for. */
export function oneOf<const T extends [string, ...string[]]>(
  values: T,
  options: { default?: T[number]; description?: string } = {},
) {
  const schema = t.UnionEnum(values, options)
  if (options.default === undefined) delete schema.default
  return schema
}
