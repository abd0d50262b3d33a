/** The levels of the log, the least first. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Level = (typeof levels)[number]

export interface LogFilter {
  /** The least that is told. */
  level: Level
  /** Only lines in which this stands, in whatever case; empty: all. */
  contains: string
}

/** Whether a line is asked for. One that says no level is. */
export function passes({ level, contains }: LogFilter, line: string): boolean {
  const own = levels.findIndex(each => line.startsWith(`{"level":"${each}"`))
  if (own !== -1 && own < levels.indexOf(level)) return false
  return contains === '' || line.toLowerCase().includes(contains.toLowerCase())
}
