import { existsSync, readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { area, type Finding } from '../start/finding.ts'

const report = area('limits')
const mib = 1024 ** 2
/** Each run that streams has a reader and a provider, and each connection is a file. */
const fewFiles = 4_096
const littleMiB = 192

/** What the system lets a process have. What it does not tell is left out. `root`: of the file system. */
export function checkLimits(root = '/'): Finding[] {
  return [...checkFiles(root), ...checkMemory(root)]
}

function checkFiles(root: string): Finding[] {
  const limits = readText(join(root, 'proc/self/limits'))
  const [, soft] = /^Max open files\s+(\S+)/m.exec(limits) ?? []
  if (soft === undefined) return []
  const text = `${soft} files and connections may be open at once`
  if (soft === 'unlimited' || Number(soft) >= fewFiles) return [report.ok(text)]
  return [report.warn(text, 'Raise it: ulimit -n 65536, LimitNOFILE=65536 of systemd, or ulimits of Compose.')]
}

function checkMemory(root: string): Finding[] {
  const of = (path: string) => readText(join(root, path)).trim()
  // Version 2, then version 1, where none is a number beyond any machine.
  const max = of('sys/fs/cgroup/memory.max') || of('sys/fs/cgroup/memory/memory.limit_in_bytes')
  const used = of('sys/fs/cgroup/memory.current') || of('sys/fs/cgroup/memory/memory.usage_in_bytes')
  const limit = Number(max)
  if (max === '' || !Number.isFinite(limit) || limit >= totalmem()) {
    return [report.ok(`memory is not limited below the ${toMiB(totalmem())} MiB of the machine`)]
  }
  const text = `memory is limited to ${toMiB(limit)} MiB${used === '' ? '' : `, of which ${toMiB(Number(used))} are used`}`
  if (toMiB(limit) < littleMiB) {
    return [report.warn(text, `Give it ${littleMiB} MiB or more, or lower WORKER_CONCURRENCY: it would be killed.`)]
  }
  if (Number(used) > 0.9 * limit) {
    return [report.warn(text, 'Raise the limit, or lower WORKER_CONCURRENCY: it is about to be killed.')]
  }
  return [report.ok(text)]
}

const toMiB = (bytes: number): number => Math.round(bytes / mib)
const readText = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
