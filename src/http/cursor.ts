import { AppError } from '../errors.ts'

/** Cursors are opaque to clients: base64url of what the list was ordered by. */
const encodeCursor = (position: string): string => Buffer.from(position).toString('base64url')

/**
 * @param pattern what this list's positions look like: a cursor of another list is refused
 * @throws AppError invalid_cursor
 */
export function decodeCursor(cursor: string | undefined, pattern: RegExp): string | undefined {
  if (cursor === undefined) return undefined
  const position = Buffer.from(cursor, 'base64url').toString()
  if (!pattern.test(position) || encodeCursor(position) !== cursor) {
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

/** @param rows one more than `limit` where there are more */
export function toPage<Row, T>(
  rows: Row[],
  limit: number,
  position: (row: Row) => string,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    object: 'list',
    data: shown.map(toItem),
    has_more: more,
    next_cursor: more ? encodeCursor(position(last)) : null,
  }
}
