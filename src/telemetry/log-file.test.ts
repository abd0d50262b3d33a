import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountTinyDisk } from '../../tests/support/tiny-disk.ts'
import { LogFile } from './log-file.ts'

let folder: string
let path: string
let open: LogFile[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-log-file-'))
  path = join(folder, 'bunkhouse.log')
  open = []
})
afterEach(async () => {
  for (const file of open) await file.close()
  await rm(folder, { recursive: true })
})

function openFile({ maxBytes = 1_000, keep = 5, at = path } = {}) {
  const lost: number[] = []
  const file = new LogFile({ path: at, maxBytes, keep, onLost: lines => lost.push(lines) })
  open.push(file)
  return { file, lost }
}

const line = (number: number) => `${JSON.stringify({ number })}\n`
const text = (name = path) => readFileSync(name, 'utf8')
const numbersIn = (name: string): number[] =>
  text(name)
    .split('\n')
    .filter(Boolean)
    .map(each => JSON.parse(each).number)

/** Of the oldest file to the newest. */
const files = (): string[] =>
  readdirSync(folder)
    .map(name => ({ name, age: Number(/\.(\d+)$/.exec(name)?.[1] ?? 0) }))
    .sort((a, b) => b.age - a.age)
    .map(({ name }) => join(folder, name))

describe('a log file', () => {
  test('holds what was written when it is flushed, and adds to what is there', () => {
    writeFileSync(path, 'before\n')
    const { file } = openFile()
    file.write('one\n')
    file.write('two\n')
    file.flush()
    expect(text()).toBe('before\none\ntwo\n')
  })

  test('is written by itself, soon after', async () => {
    openFile().file.write('one\n')
    while (text() === '') await new Promise(setImmediate)
    expect(text()).toBe('one\n')
  })

  test('is rotated before it grows too long, with every line whole and in order', () => {
    const { file } = openFile({ keep: 1_000 })
    for (let number = 0; number < 1_000; number++) {
      file.write(line(number))
      if (number % 7 === 0) file.flush()
    }
    file.flush()
    expect(files().length).toBeGreaterThan(10)
    for (const name of files()) expect(statSync(name).size).toBeLessThanOrEqual(1_000)
    expect(files().flatMap(numbersIn)).toEqual(Array.from({ length: 1_000 }, (_, number) => number))
  })

  test('keeps so many files in all, the latest', () => {
    const { file } = openFile({ keep: 3 })
    for (let number = 0; number < 1_000; number++) file.write(line(number))
    file.flush()
    expect(files()).toEqual([`${path}.2`, `${path}.1`, path])
    expect(files().flatMap(numbersIn).at(-1)).toBe(999)
  })

  test('that is the only one to be kept begins anew', () => {
    const { file } = openFile({ keep: 1 })
    for (let number = 0; number < 200; number++) file.write(line(number))
    file.flush()
    expect(files()).toEqual([path])
    expect(numbersIn(path).at(-1)).toBe(199)
  })

  test('takes a line that is longer than a file may be', () => {
    const { file } = openFile()
    for (const each of ['short\n', `${'long'.repeat(1_000)}\n`, 'short\n']) file.write(each)
    file.flush()
    expect(files().map(name => statSync(name).size)).toEqual([6, 4_001, 6])
  })

  test('counts what was in it before', () => {
    writeFileSync(path, `${'x'.repeat(995)}\n`)
    const { file } = openFile()
    file.write('more\n')
    file.flush()
    expect(files().map(name => statSync(name).size)).toEqual([996, 5])
  })

  test('that another program has moved away or deleted is made anew', async () => {
    const { file } = openFile()
    file.write('one\n')
    file.flush()
    renameSync(path, `${path}.moved`)
    file.write('two\n')
    file.flush()
    await rm(path)
    file.write('three\n')
    file.flush()
    expect([text(`${path}.moved`), text()]).toEqual(['one\n', 'three\n'])
  })

  test('is reopened when it is told to, and loses nothing that was held back', () => {
    const { file } = openFile()
    file.write('one\n')
    file.flush()
    renameSync(path, `${path}.moved`)
    file.write('two\n')
    file.reopen()
    file.write('three\n')
    file.flush()
    expect([text(`${path}.moved`), text()]).toEqual(['one\n', 'two\nthree\n'])
  })

  test('grows on while another process rotates, and is rotated after one that died in it', () => {
    const lock = `${path}.lock`
    const { file } = openFile()
    writeFileSync(lock, '')
    for (let number = 0; number < 200; number++) file.write(line(number))
    file.flush()
    expect(numbersIn(path)).toHaveLength(200)
    utimesSync(lock, 0, 0)
    for (let number = 200; number < 400; number++) {
      file.write(line(number))
      file.flush()
    }
    expect(existsSync(lock)).toBe(false)
    expect(files().flatMap(numbersIn).at(-1)).toBe(399)
    expect(files().length).toBeGreaterThan(2)
  })
})

test('several processes share one file without losing or tearing a line', async () => {
  const lines = 3_000
  const entry = join(import.meta.dir, '../../tests/support/log-writer-entry.ts')
  const writers = ['a', 'b', 'c'].map(writer =>
    Bun.spawn([process.execPath, entry, path, writer, String(lines), '20000', '1000'], { stderr: 'inherit' }),
  )
  expect(await Promise.all(writers.map(writer => writer.exited))).toEqual([0, 0, 0])
  const written: { writer: string; line: number }[] = files().flatMap(name =>
    text(name)
      .split('\n')
      .filter(Boolean)
      .map(each => JSON.parse(each)),
  )
  expect(files().length).toBeGreaterThan(10)
  for (const writer of ['a', 'b', 'c']) {
    const own = written.filter(each => each.writer === writer).map(each => each.line)
    expect(own).toHaveLength(lines)
    expect(new Set(own).size).toBe(lines)
  }
}, 30_000)

describe('on a full disk', () => {
  test('lines wait for room; those beyond what is held are counted', async () => {
    await using disk = await mountTinyDisk(1)
    if (!disk) return
    const { file, lost } = openFile({ at: join(disk.path, 'bunkhouse.log'), maxBytes: 10_000_000 })
    file.write('before\n')
    file.flush()
    await disk.fill()
    for (let number = 0; number < 5; number++) file.write(line(number))
    // Larger than what is held in memory, and larger than the disk.
    const block = `${'x'.repeat(1_000_000 - 1)}\n`
    for (let number = 0; number < 6; number++) file.write(block)
    file.flush()
    expect(lost).toEqual([])
    await disk.clear()
    file.flush()
    const lines = text(join(disk.path, 'bunkhouse.log')).split('\n')
    expect(lines.slice(0, 6)).toEqual(['before', ...Array.from({ length: 5 }, (_, number) => line(number).trim())])
    await file.close()
    open.pop()
  })

  test('a line that went out in part is completed, and the loss is told once', async () => {
    await using disk = await mountTinyDisk(8)
    if (!disk) return
    const { file, lost } = openFile({ at: join(disk.path, 'bunkhouse.log'), maxBytes: 100_000_000 })
    await disk.fill()
    const each = `${'y'.repeat(999_999)}\n`
    for (let number = 0; number < 6; number++) file.write(each)
    file.flush()
    await disk.clear()
    file.flush()
    expect(lost).toEqual([2])
    const lines = text(join(disk.path, 'bunkhouse.log')).split('\n')
    expect(lines.map(one => one.length)).toEqual([999_999, 999_999, 999_999, 999_999, 0])
    file.flush()
    expect(lost).toEqual([2])
    await file.close()
    open.pop()
  })
})
