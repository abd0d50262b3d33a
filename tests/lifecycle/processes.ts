import { afterAll, setDefaultTimeout } from 'bun:test'

const running = new Set<Bun.Subprocess>()

/** Has a process ended with the tests of its file, if it is still there: a test that ran out of time ends nothing. */
export function track(process: Bun.Subprocess): void {
  running.add(process)
  void process.exited.then(() => running.delete(process))
}

/** What every file of tests with real processes begins with. */
export function testsOfProcesses({ timeoutMs = 120_000 } = {}): void {
  setDefaultTimeout(timeoutMs)
  afterAll(async () => {
    for (const process of running) process.kill('SIGKILL')
    await Promise.all([...running].map(({ exited }) => exited))
  })
}
