import { and, eq, inArray } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { SealError } from '../secrets/seal.ts'

/** What a named secret is sealed for. */
export const namedSecretContext = (tenantId: string, name: string): string => `${tenantId} secret ${name}`

/** The values of named secrets. @throws Error, for the model to read, where one is missing or cannot be opened */
export async function openSecrets(
  { database, sealer }: Pick<AppContext, 'database' | 'sealer'>,
  tenantId: string,
  names: string[],
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map()
  const { secrets } = database.tables
  const rows = await database.orm
    .select({ name: secrets.name, value: secrets.value })
    .from(secrets)
    .where(and(eq(secrets.tenantId, tenantId), inArray(secrets.name, names)))
  const sealed = new Map(rows.map(({ name, value }) => [name, value]))
  const opened = await Promise.all(
    names.map(async name => {
      const value = sealed.get(name)
      if (value === undefined) throw new Error(`There is no secret called ${name}.`)
      try {
        return [name, await sealer.open(value, namedSecretContext(tenantId, name))] as const
      } catch (error) {
        if (error instanceof SealError) throw new Error(`The secret ${name} cannot be opened. ${error.message}`)
        throw error
      }
    }),
  )
  return new Map(opened)
}
