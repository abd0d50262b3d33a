import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { postgres } from '../../scripts/services/postgres.ts'
import { redis } from '../../scripts/services/redis.ts'

const main = join(import.meta.dir, '../../scripts/chaos/main.ts')
const running = new Set<Bun.Subprocess>()

// A test that ran out of time ends nothing. Its processes end with it.
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM')
  await Promise.all([...running].map(child => child.exited))
})

async function chaos(...flags: string[]): Promise<{ status: number; output: string }> {
  const child = Bun.spawn([process.execPath, main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const [output, errors, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  running.delete(child)
  return { status, output: `${output}${errors}` }
}

/** A minute of faults in all, and the time it takes to work off what they have left. */
const timeoutMs = 180_000

async function expectAllAsPromised(...flags: string[]): Promise<void> {
  const { status, output } = await chaos(...flags)
  // The seed, to do it again.
  console.log(output.split('\n')[0])
  if (status !== 0) throw new Error(output)
  expect(output).toContain('All as promised.')
  expect(output).toMatch(/^runs completed +[1-9]\d\d+$/m)
  expect(output).toMatch(/^jobs completed +[1-9]\d\d+$/m)
  expect(output).toMatch(/^faults +[1-9]\d*$/m)
}

// It restarts servers of its own, from the programs of this machine.
const hasPostgres = postgres.find() !== undefined
const hasRedis = redis.find() !== undefined

test(
  'a process on sqlite that is killed, frozen, ended and set off keeps every promise',
  async () => {
    await expectAllAsPromised('--minutes', '0.25', '--engine', 'sqlite')
  },
  timeoutMs,
)

test.skipIf(!hasPostgres)(
  'three processes on postgres, which is restarted, keep every promise',
  async () => {
    await expectAllAsPromised('--minutes', '0.4', '--engine', 'postgres')
  },
  timeoutMs,
)

test.skipIf(!hasPostgres || !hasRedis)(
  'processes on postgres whose redis is killed keep every promise',
  async () => {
    await expectAllAsPromised('--minutes', '0.35', '--engine', 'postgres', '--redis', '--processes', '2')
  },
  timeoutMs,
)

test('a wrong command line is told apart from a broken promise', async () => {
  for (const flags of [
    ['--engine', 'oracle'],
    ['--minutes', 'many'],
    ['--engine', 'sqlite', '--processes', '2'],
    ['--sed', '1'],
  ]) {
    expect((await chaos(...flags)).status).toBe(2)
  }
})
