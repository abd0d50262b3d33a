import { describe, expect, test } from 'bun:test'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFiles, writeFiles } from '../../../tests/support/temporary-files.ts'
import { loadAgentFiles } from './load.ts'

const agent = (name: string, more = ''): string =>
  `import { defineAgent } from 'bunkhouse'\nexport default defineAgent({ name: '${name}', model: 'builtin/echo'${more} })\n`

const named = (agents: { file: string; definition: { name: string } }[]): string[] =>
  agents.map(({ file, definition }) => `${file}: ${definition.name}`)

/** The only failure of a directory with one file. */
async function failureOf(source: string, others: Record<string, string> = {}) {
  using directory = temporaryFiles({ 'a.ts': source, ...others })
  const { agents, failures } = await loadAgentFiles(directory.path)
  expect(agents).toEqual([])
  expect(failures).toHaveLength(1)
  return failures[0]
}

describe('a directory', () => {
  test('that does not exist has no agents', async () => {
    using directory = temporaryFiles()
    expect(await loadAgentFiles(join(directory.path, 'agents'))).toEqual({ agents: [], failures: [] })
    expect(await loadAgentFiles(directory.path)).toEqual({ agents: [], failures: [] })
  })

  test('that is a file is a failure', async () => {
    using directory = temporaryFiles({ agents: '' })
    const { failures } = await loadAgentFiles(join(directory.path, 'agents'))
    expect(failures).toMatchObject([{ file: '.', message: expect.stringContaining('cannot be read') }])
  })

  test('gives its scripts and the agent.ts of its folders, in the order of their names', async () => {
    using directory = temporaryFiles({
      'c.ts': agent('c'),
      'a.js': agent('a'),
      'd.mjs': agent('d'),
      'e.mts': agent('e'),
      'b/agent.ts': agent('b'),
      'b/other.ts': agent('other'),
      'b/deep/agent.ts': agent('deep'),
      '_shared.ts': agent('shared'),
      '.hidden.ts': agent('hidden'),
      '_drafts/agent.ts': agent('draft'),
      'a.test.ts': agent('test'),
      'types.d.ts': 'export type A = string',
      'node_modules/agent.ts': agent('module'),
      'notes.md': '# Notes',
    })
    const { agents, failures } = await loadAgentFiles(directory.path)
    expect(failures).toEqual([])
    expect(named(agents)).toEqual(['a.js: a', 'b/agent.ts: b', 'c.ts: c', 'd.mjs: d', 'e.mts: e'])
  })

  test('may be reached through links, as Kubernetes mounts it', async () => {
    using directory = temporaryFiles({ '..2026/a.ts': agent('a'), '..2026/b.ts': 'throw new Error("no")' })
    const agentsDirectory = join(directory.path, 'agents')
    mkdirSync(agentsDirectory)
    symlinkSync('../..2026', join(agentsDirectory, '..data'))
    symlinkSync('..data/a.ts', join(agentsDirectory, 'a.ts'))
    symlinkSync('..data/b.ts', join(agentsDirectory, 'b.ts'))
    symlinkSync('..data/c.ts', join(agentsDirectory, 'c.ts'))
    symlinkSync('agents', join(directory.path, 'link'))
    const { agents, failures } = await loadAgentFiles(join(directory.path, 'link'))
    expect(named(agents)).toEqual(['a.ts: a'])
    expect(failures).toEqual([
      { file: 'b.ts', line: 1, column: 11, message: 'it threw while loading: no' },
      { file: 'c.ts', line: null, column: null, message: expect.stringContaining('cannot be read: ENOENT') },
    ])
  })

  test('may have a name that is no plain URL', async () => {
    using directory = temporaryFiles({ 'what #1 100%/a.ts': agent('a') })
    const { agents } = await loadAgentFiles(join(directory.path, 'what #1 100%'))
    expect(named(agents)).toEqual(['a.ts: a'])
  })
})

describe('an agent file', () => {
  test('may import its own files, node built-ins and packages beside it', async () => {
    using directory = temporaryFiles({
      'a.ts': `import { basename } from 'node:path'
        import { defineAgent } from 'bunkhouse'
        import { word } from './_words.ts'
        import prompt from './prompt.md' with { type: 'text' }
        import { mark } from 'own-package'
        export default defineAgent({ name: 'a', model: 'x/y', instructions: [word, prompt, mark, basename('/q/z')].join() })`,
      '_words.ts': `export const word: string = 'word'`,
      'prompt.md': 'prompt',
      'node_modules/own-package/package.json': '{ "name": "own-package", "type": "module", "exports": "./main.js" }',
      'node_modules/own-package/main.js': `export const mark = 'mark'`,
    })
    const { agents, failures } = await loadAgentFiles(directory.path)
    expect(failures).toEqual([])
    expect(agents[0]?.definition.instructions).toBe('word,prompt,mark,z')
  })

  test('may export several agents, and may be CommonJS', async () => {
    using directory = temporaryFiles({
      'a.ts': `export default [{ name: 'a', model: 'x/y' }, { name: 'b' }, { name: 'c', model: 'x/y' }]`,
      'd.js': `const { defineAgent } = require('bunkhouse'); module.exports = defineAgent({ name: 'd', model: 'x/y' })`,
    })
    const { agents, failures } = await loadAgentFiles(directory.path)
    expect(named(agents)).toEqual(['a.ts: a', 'a.ts: c', 'd.js: d'])
    expect(failures).toMatchObject([{ file: 'a.ts', line: 1, message: 'model is missing' }])
  })

  test('gives its tools by name, with what they leave out filled in', async () => {
    using directory = temporaryFiles({
      'a.ts': agent('a', `, tools: [{ name: 't', description: 'T', input: { type: 'object' }, run: () => 'ok' }]`),
    })
    const { agents } = await loadAgentFiles(directory.path)
    expect(agents[0]?.tools.get('t')).toMatchObject({ description: 'T', effect: 'none', timeoutSeconds: 60 })
  })

  test('has the same digest until something of its agent changes', async () => {
    using directory = temporaryFiles({ 'a.ts': agent('a') })
    const digest = async (): Promise<string | undefined> => (await loadAgentFiles(directory.path)).agents[0]?.digest
    const first = await digest()
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    writeFiles(directory.path, { 'a.ts': `// a remark\n${agent('a')}` })
    expect(await digest()).toBe(first)
    writeFiles(directory.path, { 'a.ts': agent('a', ', temperature: 0') })
    expect(await digest()).not.toBe(first)
  })

  test('loaded again is seen as it is now, with the files it imports', async () => {
    const file = `import { text } from './lib/text.ts'\nexport default { name: 'a', model: 'x/y', instructions: text }`
    using directory = temporaryFiles({
      'a.ts': file,
      'lib/text.ts': `export const text = ''\nthrow new Error('broken')`,
    })
    expect((await loadAgentFiles(directory.path)).failures).toHaveLength(1)
    for (const text of ['one', 'two']) {
      writeFiles(directory.path, { 'lib/text.ts': `export const text = '${text}'` })
      const { agents, failures } = await loadAgentFiles(directory.path)
      expect(failures).toEqual([])
      expect(agents[0]?.definition.instructions).toBe(text)
    }
  })
})

describe('a broken file', () => {
  test('does not stop the others', async () => {
    using directory = temporaryFiles({ 'a.ts': agent('a'), 'b.ts': 'export default {{', 'c.ts': agent('c') })
    const { agents, failures } = await loadAgentFiles(directory.path)
    expect(named(agents)).toEqual(['a.ts: a', 'c.ts: c'])
    expect(failures).toMatchObject([{ file: 'b.ts', line: 1 }])
  })

  test('with a syntax error is reported with its place', async () => {
    expect(await failureOf('interface A { b: string }\n\nexport default { name: , }')).toEqual({
      file: 'a.ts',
      line: 3,
      column: 24,
      message: 'Unexpected ,',
    })
  })

  test('that imports one with a syntax error is reported with that place in its message', async () => {
    expect(await failureOf(`import './_b.ts'`, { '_b.ts': 'const a = {{' })).toEqual({
      file: 'a.ts',
      line: null,
      column: null,
      message: 'Expected identifier but found "{" (in _b.ts:1:12, which it imports)',
    })
  })

  test('that throws is reported with the line that threw', async () => {
    expect(await failureOf(`type A = string\n\nthrow new TypeError('no key')`)).toEqual({
      file: 'a.ts',
      line: 3,
      column: expect.any(Number),
      message: 'it threw while loading: TypeError: no key',
    })
  })

  test('that calls what throws elsewhere is reported with its own line and the other place', async () => {
    const other = `export function connect(): never {\n  throw new Error('no database')\n}`
    expect(await failureOf(`import { connect } from './_b.ts'\n\nconnect()`, { '_b.ts': other })).toMatchObject({
      line: 3,
      message: expect.stringMatching(/^it threw while loading: no database \(at _b\.ts:2:\d+\)$/),
    })
  })

  test('that throws no error is reported with what it threw', async () => {
    expect(await failureOf(`throw 'text'`)).toMatchObject({ line: null, message: 'it threw while loading: text' })
  })

  test('that imports a file that is not there is reported with the import', async () => {
    expect(await failureOf(`import { a } from 'bunkhouse'\nimport b from "./gone.ts"\nexport default b`)).toEqual({
      file: 'a.ts',
      line: 2,
      column: 16,
      message: 'the file "./gone.ts" was not found',
      hint: 'The path is relative to the file that imports it.',
    })
  })

  test('that imports a package that is not there is told where to install it', async () => {
    const modules = { 'node_modules/other/package.json': '{}' }
    expect(await failureOf(`import { z } from '@scope/gone/deep'\nexport default z`, modules)).toMatchObject({
      line: 1,
      message: 'the package "@scope/gone/deep" was not found',
      hint: 'Install it beside these files: run "bun add @scope/gone" in their folder.',
    })
  })

  test('that imports a name that is not there is told the nearest one', async () => {
    expect(await failureOf(`import {\n  defineAgents } from 'bunkhouse'\nexport default defineAgents({})`)).toEqual({
      file: 'a.ts',
      line: 2,
      column: 3,
      message: '"bunkhouse" has no export named "defineAgents"',
      hint: 'Did you mean "defineAgent"?',
    })
  })

  test('without a default export is told to have one', async () => {
    expect(await failureOf(`export const agent = { name: 'a' }`)).toMatchObject({
      message: 'it has no default export',
      hint: expect.stringContaining('export default defineAgent'),
    })
  })

  test('that never finishes loading is given up', async () => {
    using directory = temporaryFiles({ 'a.ts': 'await new Promise(() => undefined)', 'b.ts': agent('b') })
    const { agents, failures } = await loadAgentFiles(directory.path, { importTimeoutSeconds: 0.05 })
    expect(named(agents)).toEqual(['b.ts: b'])
    expect(failures).toMatchObject([{ file: 'a.ts', message: 'it did not finish loading within 0.05 s' }])
  })

  test('with an invalid definition is reported with the line of the key', async () => {
    const source = `export default {\n  name: 'a',\n  model: 'x/y',\n  maxStep: 3,\n}`
    expect(await failureOf(source)).toEqual({
      file: 'a.ts',
      line: 4,
      column: 3,
      message: 'unknown key "maxStep"; did you mean "maxSteps"?',
    })
  })

  test('with a tool whose schema cannot be used is reported with the line of the tool', async () => {
    const source = `export default { name: 'a', model: 'x/y', tools: [\n  { name: 't', description: '', input: {}, run: () => 1 },\n] }`
    expect(await failureOf(source)).toMatchObject({ line: 2, message: expect.stringContaining('tool "t": its input') })
  })

  test('with a name that is taken is told by which file', async () => {
    using directory = temporaryFiles({ 'a.ts': agent('same'), 'b.ts': agent('same') })
    const { agents, failures } = await loadAgentFiles(directory.path)
    expect(named(agents)).toEqual(['a.ts: same'])
    expect(failures).toMatchObject([{ file: 'b.ts', line: 2, message: 'the name "same" is already taken by a.ts' }])
  })
})
