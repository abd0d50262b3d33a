import { statfsSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { area, type Finding } from './finding.ts'
import { existingFolder, isWritableFolder } from './folder.ts'

const report = area('disk')
const mib = 1024 ** 2
const tooLittleMiB = 64
const littleMiB = 1024

/** Room where this process writes: the SQLite file and the log file. */
export async function checkDisk({ database, logFile }: Config): Promise<Finding[]> {
  const findings: Finding[] = []
  if (database.dialect === 'sqlite') findings.push(checkRoom(existingFolder(database.path)))
  if (logFile !== null) findings.push(checkLogFolder(logFile))
  return findings
}

function checkRoom(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder)
  const freeMiB = Math.floor((bavail * bsize) / mib)
  const text = `${freeMiB} MiB free in ${folder}`
  const advice = 'Make room, or set DATABASE_URL to a larger disk. When it is full, new runs are refused.'
  if (freeMiB < tooLittleMiB) return report.fail(text, advice)
  return freeMiB < littleMiB ? report.warn(text, advice) : report.ok(text)
}

function checkLogFolder(logFile: string): Finding {
  const folder = existingFolder(logFile)
  if (isWritableFolder(folder)) return report.ok(`LOG_FILE ${logFile} can be written`)
  return report.fail(
    `LOG_FILE ${logFile}: ${folder} cannot be written to`,
    'Let this user write there, or leave LOG_FILE out.',
  )
}
