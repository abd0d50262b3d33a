// What only a compiled binary can show: it has no node_modules beside it, and loads OpenTelemetry all the same.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { OtlpReceiver } from '../support/otlp/receiver.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

test('the compiled binary sends traces', async () => {
  await using receiver = new OtlpReceiver()
  using folder = temporaryFiles()
  const project = join(import.meta.dir, '../..')
  const binary = join(folder.path, 'tracing')
  const flags = ['--compile', '--minify', '--bytecode', '--format=esm', '--outfile', binary]
  const build = [process.execPath, 'build', ...flags, join(project, 'tests/support/tracing-entry.ts')]
  expect(await ended(build, project)).toBe(0)
  expect(await ended([binary, receiver.url], folder.path)).toBe(0)
  expect(receiver.tree(receiver.spans[0]?.traceId ?? '')).toEqual({
    name: 'whole',
    parts: [{ name: 'part', parts: [] }],
  })
}, 120_000)

const ended = (command: string[], cwd: string) =>
  Bun.spawn(command, { cwd, stdout: 'ignore', stderr: 'inherit' }).exited
