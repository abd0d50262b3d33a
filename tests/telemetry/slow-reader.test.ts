import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

testsOfProcesses()

/** The process whose output goes through what the shell does, to us. */
function logThrough(reader: string, words: string[]) {
  const command = [process.execPath, join(import.meta.dir, '../support/log-entry.ts'), ...words]
    .map(word => `'${word}'`)
    .join(' ')
  const shell = Bun.spawn(['sh', '-c', `${command} | { ${reader}; }`], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  track(shell)
  return shell
}

const lastOf = (text: string): string => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').msg

test('a reader that was slow gets the last line too, without another one being said', async () => {
  using folder = temporaryFiles()
  const signal = join(folder.path, 'signal')
  expect(await Bun.spawn(['mkfifo', signal]).exited).toBe(0)
  const shell = logThrough(`cat '${signal}'; cat`, ['waits', signal])
  let text = ''
  for await (const chunk of shell.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.includes('the last')) await shell.stdin.end()
  }
  expect(lastOf(text)).toBe('the last')
  expect(text).toContain('the first')
})

test('a flush is over when the last line is written', async () => {
  const shell = logThrough('cat', ['flushes'])
  const text = await shell.stdout.text()
  expect(lastOf(text)).toBe('the last')
})
