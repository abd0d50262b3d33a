// Runs the tests with a Postgres and a Redis of their own; arguments go to `bun test`.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { bundleFolder, makeBundle } from './bundle.ts'
import { startServices } from './services/services.ts'

// Hundreds of processes are started from it. Where it cannot be made they run from the sources.
if (!existsSync(bundleFolder())) await makeBundle(bundleFolder())

const services = await startServices({ postgres: true, redis: true }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})

// Much of what the tests do is waiting for processes, so one file more at a time than there are cores.
const given = process.argv.slice(2)
const parallel = given.some(word => word.startsWith('--parallel')) ? [] : [`--parallel=${availableParallelism() + 1}`]

// What hangs is to end; on a busy machine the tests of twenty processes at once took forty seconds.
const tests = Bun.spawn([process.execPath, 'test', '--timeout=120000', ...parallel, ...given], {
  stdio: ['inherit', 'inherit', 'inherit'],
  env: { ...process.env, TEST_DATABASE_URL: services.databaseUrl, TEST_REDIS_URL: services.redisUrl },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tests.kill(signal))

const status = await tests.exited
await services.stop()
process.exit(status)
