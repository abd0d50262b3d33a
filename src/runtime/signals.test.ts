import { expect, test } from 'bun:test'
import { join } from 'node:path'

/** A process that says `waiting`, then the signal it got, and then goes on for ever. */
async function waiting(echoMs: number) {
  const child = Bun.spawn(
    [
      process.execPath,
      '-e',
      `import { untilSignal } from ${JSON.stringify(join(import.meta.dir, 'signals.ts'))}
       setInterval(() => {}, 60_000)
       const signal = untilSignal(${echoMs})
       console.log('waiting')
       console.log(await signal)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  expect((await lines.read()).value).toBe('waiting\n')
  return { child, said: async () => (await lines.read()).value?.trim() }
}

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('the first %s is told, a second one ends the process with %d', async (signal, code) => {
  const { child, said } = await waiting(0)
  child.kill(signal)
  expect(await said()).toBe(signal)
  expect(child.exitCode).toBe(null)
  child.kill(signal)
  await child.exited
  expect(child.exitCode).toBe(code)
})

test('the same signal again, at once, is the same wish; another one is not', async () => {
  const { child, said } = await waiting(60_000)
  child.kill('SIGTERM')
  expect(await said()).toBe('SIGTERM')
  child.kill('SIGTERM')
  child.kill('SIGINT')
  await child.exited
  expect(child.exitCode).toBe(130)
})
