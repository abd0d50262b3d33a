import * as pg from 'drizzle-orm/pg-core'

// Both drivers hand times over as milliseconds since 1970 and JSON as text (see sqlite.ts and postgres.ts), so that
// hand-written and generated statements see the same values on both engines.
const pgTime = pg.customType<{ data: number; driverData: number }>({ dataType: () => 'timestamp(3) with time zone' })

// `json`, not `jsonb`: model output may hold \u0000, which jsonb refuses, and jsonb reorders keys.
const pgJson = pg.customType<{ data: unknown; driverData: string }>({
  dataType: () => 'json',
  toDriver: value => JSON.stringify(value),
  fromDriver: value => JSON.parse(value),
})

const pgBytes = pg.customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })

export const pgKit = {
  table: pg.pgTable,
  text: (name: string) => pg.text(name),
  int: (name: string) => pg.integer(name),
  real: (name: string) => pg.doublePrecision(name),
  time: (name: string) => pgTime(name),
  json: (name: string) => pgJson(name),
  bytes: (name: string) => pgBytes(name),
  /** A number that the database gives, and the table's key. */
  serial: (name: string) => pg.bigserial(name, { mode: 'number' }).primaryKey(),
  index: pg.index,
  uniqueIndex: pg.uniqueIndex,
  check: pg.check,
  primaryKey: pg.primaryKey,
}
