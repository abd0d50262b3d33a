import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PriceFileError, readPriceFile } from './price-file.ts'

async function read(content: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'bunkhouse-prices-'))
  const path = join(folder, 'prices.json')
  try {
    if (content !== undefined) await Bun.write(path, content)
    return await readPriceFile(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
const problem = (content: string | undefined) =>
  read(content).then(
    () => 'none',
    error => (error instanceof PriceFileError ? error.message : `another error: ${error}`),
  )

test('reads prices by the names of models', async () => {
  const text =
    '{"a/b": {"input": 1.5, "cached_input": 0.5, "cache_write": 2, "output": 3}, "c/*": {"input": 0, "output": 0}}'
  expect(await read(text)).toEqual(
    new Map([
      ['a/b', { input: 1.5, cachedInput: 0.5, cacheWrite: 2, output: 3 }],
      ['c/*', { input: 0, output: 0 }],
    ]),
  )
})

test('tells all that is wrong at once', async () => {
  const text = JSON.stringify({
    plain: { input: 1, output: 1 },
    'a/b': { input: 1 },
    'a/c': { input: -1, output: 1 },
    'a/d': { input: 1, output: 1, reasoning: 2 },
    'a/e': 3,
  })
  const told = await problem(text)
  for (const part of [
    '"plain" is no provider/model',
    '"a/b" needs input and output',
    '"a/c" needs "input" as a number of dollars',
    '"a/d" has "reasoning", which is no price',
    '"a/e" must be an object',
  ]) {
    expect(told).toContain(part)
  }
})

test('tells of a file that is not there, or holds something else', async () => {
  expect(await problem(undefined)).toStartWith('cannot be read from ')
  expect(await problem('not json')).toStartWith('cannot be read from ')
  expect(await problem('[]')).toStartWith('must hold a JSON object')
})
