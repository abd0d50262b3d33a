import { openNotifier } from '../../src/db/open-notifier.ts'
import { FactLog } from './fact-log.ts'
import { migratedDatabase } from './migrated-database.ts'

/** A connection to one Postgres and a notifier, twice: as two processes have them. */
export async function twoProcesses() {
  const opened = await migratedDatabase('postgres')
  const { emit } = new FactLog()
  const here = await openNotifier(opened.database, null, emit)
  const other = await opened.openAgain()
  const there = await openNotifier(other, null, emit)
  await Promise.all([here.start(), there.start()])
  return {
    database: opened.database,
    here,
    other,
    there,
    url: opened.url,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([here, there].map(notifier => notifier.stop(AbortSignal.abort())))
      await opened[Symbol.asyncDispose]()
    },
  }
}
