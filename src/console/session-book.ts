import { and, eq, lt } from 'drizzle-orm'
import type { AppContext } from '../context.ts'
import { keyDigest, newSecret } from '../keys/api-key.ts'
import type { KeyRing, KnownKey } from '../keys/key-ring.ts'

/** How long a browser stays signed in, whatever it does. */
export const sessionSeconds = 8 * 3_600
const setupSeconds = 3_600
/** How long one that was ended elsewhere may still be taken for good. */
const trustMs = 5_000
const keptAtMost = 1_000

type Needs = Pick<AppContext, 'clock' | 'database'> & { keys: KeyRing }

/** Who has signed in to the console. A browser has a secret of its own, never the key, and may what the key may. */
export class SessionBook {
  readonly #app: Needs
  readonly #known = new Map<string, { keyDigest: string; until: number }>()

  constructor(app: Needs) {
    this.#app = app
  }

  /** What the browser is given; null: the key is not good. */
  async begin(key: string): Promise<{ token: string; key: KnownKey } | null> {
    const known = await this.#app.keys.find(key)
    if (!known) return null
    return { token: await this.#open('session', known.tenantId, keyDigest(key)), key: known }
  }

  /** For a link by which one browser may sign in with this key, once. */
  async allowOne(key: string): Promise<string> {
    return this.#open('setup', 'default', keyDigest(key))
  }

  /** Signs in by such a link; null: it was used, or its time is over. */
  async redeem(setup: string): Promise<{ token: string; key: KnownKey } | null> {
    const { consoleSessions } = this.#app.database.tables
    const [used] = await this.#app.database.transaction(({ orm }) =>
      orm
        .delete(consoleSessions)
        .where(and(eq(consoleSessions.digest, keyDigest(setup)), eq(consoleSessions.kind, 'setup')))
        .returning(),
    )
    if (!used || used.expiresAt <= this.#app.clock.now()) return null
    const key = await this.#app.keys.findByDigest(used.keyDigest)
    return key ? { token: await this.#open('session', key.tenantId, used.keyDigest), key } : null
  }

  /** The key that a browser has signed in with, where both are good now. */
  find(token: string): KnownKey | null | Promise<KnownKey | null> {
    const digest = keyDigest(token)
    const known = this.#known.get(digest)
    if (known && known.until > this.#app.clock.now()) return this.#app.keys.findByDigest(known.keyDigest)
    return this.#look(digest)
  }

  async end(token: string): Promise<void> {
    const digest = keyDigest(token)
    this.#known.delete(digest)
    const { consoleSessions } = this.#app.database.tables
    await this.#app.database.transaction(({ orm }) =>
      orm
        .delete(consoleSessions)
        .where(eq(consoleSessions.digest, digest))
        .returning({ digest: consoleSessions.digest }),
    )
  }

  async #look(digest: string): Promise<KnownKey | null> {
    const { clock, database, keys } = this.#app
    const { consoleSessions } = database.tables
    const [row] = await database.orm
      .select()
      .from(consoleSessions)
      .where(and(eq(consoleSessions.digest, digest), eq(consoleSessions.kind, 'session')))
    const now = clock.now()
    if (!row || row.expiresAt <= now) return null
    if (this.#known.size >= keptAtMost) this.#known.clear()
    this.#known.set(digest, { keyDigest: row.keyDigest, until: Math.min(row.expiresAt, now + trustMs) })
    return keys.findByDigest(row.keyDigest)
  }

  async #open(kind: 'session' | 'setup', tenantId: string, digestOfKey: string): Promise<string> {
    const { clock, database } = this.#app
    const { consoleSessions } = database.tables
    // As long as a key, and called otherwise, so that nobody takes it for one.
    const token = newSecret().replace(/^bh_/, 'bhs_')
    const now = clock.now()
    const seconds = kind === 'session' ? sessionSeconds : setupSeconds
    await database.transaction(async ({ orm }) => {
      // Whoever comes sweeps: there are few.
      await orm
        .delete(consoleSessions)
        .where(lt(consoleSessions.expiresAt, now))
        .returning({ digest: consoleSessions.digest })
      await orm
        .insert(consoleSessions)
        .values({
          digest: keyDigest(token),
          tenantId,
          kind,
          keyDigest: digestOfKey,
          createdAt: now,
          expiresAt: now + seconds * 1_000,
        })
        .returning({ digest: consoleSessions.digest })
    })
    return token
  }
}
