import { rmSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { checkSqliteCopy, copySqlite } from '../db/copy-sqlite.ts'
import { AppError } from '../errors.ts'
import { selfCommand } from '../runtime/self-command.ts'
import type { Source } from './make-backup.ts'

/** In this thread, which does nothing else meanwhile. @throws AppError */
export function copyChecked(path: string, file: string): void {
  copySqlite(path, file)
  try {
    checkSqliteCopy(file)
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
}

/** Copies in a process of its own, at low priority: this one goes on meanwhile, and answers to signals. */
export const sqliteSource = (path: string): Source => ({
  async copyTo(file, signal) {
    const child = Bun.spawn([...selfCommand(), 'backup', file, '--bare', path], {
      // It is told all it needs, and is to find nothing else.
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    })
    try {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    } catch {
      // It has ended already, or may not be asked to be modest.
    }
    const [complaint] = await Promise.all([child.stderr.text(), child.exited])
    if (child.exitCode === 0) return
    rmSync(file, { force: true })
    signal.throwIfAborted()
    const reason = complaint.trim() || `it was ended by ${child.signalCode}`
    throw new AppError(/\bis full\b/.test(reason) ? 'storage_full' : 'unavailable', reason)
  },
})
