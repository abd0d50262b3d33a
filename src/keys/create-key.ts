import type { AppContext } from '../context.ts'
import { newId } from '../runtime/id.ts'
import { type ApiKey, keyDigest, keyPrefix, newSecret } from './api-key.ts'
import type { Scope } from './scope.ts'

export interface KeyInput {
  tenantId: string
  name: string
  scopes: Scope[]
  expiresAt: number | null
}

/** Makes a key. Its secret is returned here and kept nowhere. */
export async function createKey(
  { database, clock, emit }: Pick<AppContext, 'database' | 'clock' | 'emit'>,
  input: KeyInput,
): Promise<{ key: ApiKey; secret: string }> {
  const secret = newSecret()
  const key: ApiKey = {
    ...input,
    id: newId('key'),
    prefix: keyPrefix(secret),
    createdAt: clock.now(),
    revokedAt: null,
  }
  await database.transaction(async ({ orm, tables }) => {
    await orm
      .insert(tables.apiKeys)
      .values({ ...key, digest: keyDigest(secret) })
      .returning()
  })
  emit('key.created', { keyId: key.id, name: key.name })
  return { key, secret }
}
