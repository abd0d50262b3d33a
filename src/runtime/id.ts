export type IdPrefix =
  | 'run'
  | 'apr'
  | 'thr'
  | 'msg'
  | 'job'
  | 'sch'
  | 'key'
  | 'req'
  | 'wrk'
  | 'whk'
  | 'dlv'
  | 'evt'
  | 'prc'
  | 'use'
  | 'bdg'
  | 'file'
  | 'clm'

/** A prefixed id that sorts by time of making, and strictly so within one process (UUID version 7 without dashes). */
export const newId = (prefix: IdPrefix): string => `${prefix}_${Bun.randomUUIDv7().replaceAll('-', '')}`
