import * as sqlite from 'drizzle-orm/sqlite-core'
import type { Kit } from './kit.ts'

// The shared definition is typed as Postgres. Safe as long as every column maps to the same TypeScript type on both
// engines, which the conformance tests hold.
export const sqliteKit: Kit = {
  table: sqlite.sqliteTable,
  text: (name: string) => sqlite.text(name),
  int: (name: string) => sqlite.integer(name),
  real: (name: string) => sqlite.real(name),
  time: (name: string) => sqlite.integer(name),
  json: (name: string) => sqlite.text(name, { mode: 'json' }),
  bytes: (name: string) => sqlite.blob(name, { mode: 'buffer' }),
  serial: (name: string) => sqlite.integer(name).primaryKey(),
  index: sqlite.index,
  uniqueIndex: sqlite.uniqueIndex,
  check: sqlite.check,
  primaryKey: sqlite.primaryKey,
} as unknown as Kit
