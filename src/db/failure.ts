export type DatabaseFailure = 'unique' | 'deadlock' | 'full' | 'unavailable' | 'other'

const kinds: Record<string, DatabaseFailure> = {
  '23505': 'unique',
  SQLITE_CONSTRAINT_UNIQUE: 'unique',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'unique',
  '40P01': 'deadlock',
  '40001': 'deadlock',
  '53100': 'full',
  SQLITE_FULL: 'full',
  SQLITE_IOERR_WRITE: 'full',
  SQLITE_BUSY: 'unavailable',
  SQLITE_LOCKED: 'unavailable',
  '57P01': 'unavailable',
  '57P02': 'unavailable',
  '57P03': 'unavailable',
  '53200': 'unavailable',
  '53300': 'unavailable',
  '08001': 'unavailable',
  '08003': 'unavailable',
  '08004': 'unavailable',
  '08006': 'unavailable',
  // A server that has just become a standby.
  '25006': 'unavailable',
  CONNECT_TIMEOUT: 'unavailable',
  CONNECTION_CLOSED: 'unavailable',
  CONNECTION_ENDED: 'unavailable',
  CONNECTION_DESTROYED: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ETIMEDOUT: 'unavailable',
}

/** What went wrong in the database, whichever engine and driver said it. Drizzle puts the driver's error into `cause`. */
export function databaseFailure(error: unknown): DatabaseFailure | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (!('code' in current)) continue
    const code = String(current.code)
    const kind = kinds[code] ?? (code.startsWith('SQLITE_IOERR') ? 'unavailable' : undefined)
    if (kind) return kind
    if (current.name === 'SQLiteError' || current.name === 'PostgresError') return 'other'
  }
  return null
}

/** The database as a whole is in trouble: whatever else is tried now fails as well, or may have been done already. */
export function isOutage(error: unknown): boolean {
  const kind = databaseFailure(error)
  return kind === 'unavailable' || kind === 'full'
}
