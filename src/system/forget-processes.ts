import { lt } from 'drizzle-orm'
import type { Transaction } from '../db/database.ts'
import { forgottenMs } from './process-record.ts'

/** Deletes processes that have been gone for a day. They are few: says that there are no more. */
export async function forgetProcesses({ orm, tables }: Transaction, now: number): Promise<boolean> {
  await orm.delete(tables.processes).where(lt(tables.processes.seenAt, now - forgottenMs))
  return false
}
