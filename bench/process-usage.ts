import { readFileSync } from 'node:fs'

const ticksPerSecond = 100 // what Linux counts CPU time in, on every machine that Bun runs on

/** CPU seconds a process and its threads have used so far; NaN where there is no /proc. */
export function cpuSeconds(pid: number): number {
  const stat = readProc(pid, 'stat')
  // The program's name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident memory in MB (10⁶ bytes); NaN where there is no /proc. */
export function residentMegabytes(pid: number): number {
  return (Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status'))?.[1]) * 1024) / 1e6
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
