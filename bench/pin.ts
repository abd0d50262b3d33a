import { cpus } from 'node:os'

const taskset = cpus().length > 1 ? Bun.which('taskset') : null

/** The command, kept to one core where the system can do that; `null` leaves it to the system. */
export const pinned = (core: number | null, command: string[]): string[] =>
  core === null || taskset === null ? command : [taskset, '--cpu-list', String(core), ...command]
