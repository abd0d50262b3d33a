import { AppError } from '../errors.ts'

/** A list that is read in pages: what its cursors hold. */
export interface Listing<Row> {
  /** Of this list alone: a cursor of another one is refused. */
  name: string
  /** Where in the list's order a row stands. */
  position(row: Row): string
  pattern: RegExp
}

type Cursors = Pick<Listing<never>, 'name' | 'pattern'>

/** Cursors are opaque to clients: base64url of the list's name and what it is ordered by. */
const encodeCursor = (name: string, position: string): string =>
  Buffer.from(`${name} ${position}`).toString('base64url')

/**
 * The position that a cursor of this list holds.
 * @throws AppError invalid_cursor
 */
export function decodeCursor(cursor: string | undefined, { name, pattern }: Cursors): string | undefined {
  if (cursor === undefined) return undefined
  const position = Buffer.from(cursor, 'base64url')
    .toString()
    .slice(name.length + 1)
  if (!pattern.test(position) || encodeCursor(name, position) !== cursor) {
    throw new AppError('invalid_cursor', 'The cursor is not one of this list. Take next_cursor from its last page.')
  }
  return position
}

export interface Page<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  next_cursor: string | null
}

/**
 * @param rows one more than `limit` where there are more
 * @param stoppedAt position at which a search for rows was broken off: there may be more behind it
 */
export function toPage<Row, T>(
  rows: Row[],
  limit: number,
  list: Listing<Row>,
  toItem: (row: Row) => T,
  stoppedAt: string | null = null,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const next = rows.length > limit && last !== undefined ? list.position(last) : stoppedAt
  return {
    object: 'list',
    data: shown.map(toItem),
    has_more: next !== null,
    next_cursor: next === null ? null : encodeCursor(list.name, next),
  }
}
