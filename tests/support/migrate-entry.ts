// Migrates the database named by DATABASE_URL, as one of several processes that start together.
import { migrate } from '../../src/db/migrate.ts'
import { openUrl } from './migrated-database.ts'

const { database, close } = await openUrl(process.env.DATABASE_URL ?? '')
const { applied } = await migrate(database)
await close()
console.log(applied)
