import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { area, type Finding } from '../start/finding.ts'
import { existingFolder, isWritableFolder } from '../start/folder.ts'

const report = area('disk')
const times = 20
const slowMs = 30
/** Some disks of laptops and of the cloud only say that it is done. */
const unbelievableMs = 0.005

/** How long a commit of SQLite waits for the disk: a page is written and synced, some times. */
export function checkDiskSpeed({ database }: Config): Finding[] {
  if (database.dialect !== 'sqlite') return []
  const folder = existingFolder(database.path)
  return isWritableFolder(folder) ? judgeSyncs(folder, measureSyncs(folder)) : []
}

function measureSyncs(folder: string): number[] {
  const path = join(folder, `.bunkhouse-doctor-${process.pid}`)
  const page = new Uint8Array(4_096).fill(0x5a)
  const handle = openSync(path, 'wx', 0o600)
  try {
    return Array.from({ length: times }, (_, index) => {
      const begun = performance.now()
      writeSync(handle, page, 0, page.length, index * page.length)
      fsyncSync(handle)
      return performance.now() - begun
    })
  } finally {
    closeSync(handle)
    rmSync(path, { force: true })
  }
}

export function judgeSyncs(folder: string, ms: number[]): Finding[] {
  const sorted = ms.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  const worst = sorted.at(-1) ?? 0
  const text = `a page is on the disk of ${folder} in ${shown(median)} ms, at worst in ${shown(worst)} ms`
  if (median >= slowMs) {
    return [report.warn(text, 'Each commit waits so long: move the file to a local SSD, or use Postgres.')]
  }
  if (median < unbelievableMs) return [report.note(`${text}: hardly a disk that keeps it when the power fails`)]
  return [report.ok(text)]
}

const shown = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms.toFixed(0))
