// What only a compiled binary can show: it has no node_modules beside it and yet its agent files import 'bunkhouse'.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFiles, writeFiles } from '../support/temporary-files.ts'

const project = join(import.meta.dir, '../..')
const entry = join(project, 'tests/support/agent-files-entry.ts')
const folder = temporaryFiles()
const binary = join(folder.path, 'loader')

beforeAll(async () => {
  const flags = ['--compile', '--minify', '--bytecode', '--format=esm', '--outfile', binary]
  await output([process.execPath, 'build', ...flags, entry], project)
})
afterAll(() => folder[Symbol.dispose]())

async function output(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdout: 'pipe', stderr: 'pipe' })
  const [text, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${errors}`)
  return text
}

const load = async (...args: string[]) => JSON.parse(await output([binary, ...args], folder.path))

const agent = `import { readFileSync } from 'node:fs'
import { defineAgent, defineTool } from 'bunkhouse'
import { greeting } from './_words.ts'
const greet = defineTool({
  name: 'greet',
  description: typeof readFileSync,
  input: { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] },
  run: input => greeting + input.who,
})
export default defineAgent({ name: 'greeter', model: 'builtin/echo', tools: [greet] })
`

describe('the compiled binary', () => {
  test('loads agent files in an otherwise empty folder and runs their tools', async () => {
    writeFiles(folder.path, { 'plain/greeter.ts': agent, 'plain/_words.ts': `export const greeting: string = 'Hi '` })
    const { agents, failures, outcome } = await load('plain', 'greet', '{"who":"you"}')
    expect(failures).toEqual([])
    expect(agents).toMatchObject([
      { file: 'greeter.ts', record: { name: 'greeter', tools: [{ name: 'greet', description: 'function' }] } },
    ])
    expect(outcome).toEqual({ ok: true, output: 'Hi you' })
    expect((await load('plain', 'greet', '{"who":1}')).outcome).toMatchObject({
      kind: 'invalid_input',
      message: expect.stringContaining('/who must be string'),
    })
  })

  test('gives the digests that the sources give', async () => {
    const fromSource = JSON.parse(await output([process.execPath, entry, join(folder.path, 'plain')], project))
    expect((await load('plain')).agents).toEqual(fromSource.agents)
  })

  test('checks schemas of the newer draft', async () => {
    const schema = `{ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', unevaluatedProperties: false }`
    writeFiles(folder.path, {
      'newer/a.ts': `export default { name: 'a', model: 'x/y', tools: [
        { name: 't', description: '', input: ${schema}, run: () => 'ran' }] }`,
    })
    expect((await load('newer', 't', '{}')).outcome).toEqual({ ok: true, output: 'ran' })
    expect((await load('newer', 't', '{"a":1}')).outcome).toMatchObject({ kind: 'invalid_input' })
  })

  test('takes packages from a node_modules beside the agent files', async () => {
    cpSync(join(project, 'tests/support/agents/weather.ts'), join(folder.path, 'packages/weather.ts'))
    expect((await load('packages')).failures).toMatchObject([
      { file: 'weather.ts', line: 3, message: 'the package "zod" was not found' },
    ])
    cpSync(join(project, 'node_modules/zod'), join(folder.path, 'packages/node_modules/zod'), { recursive: true })
    const { agents, failures, outcome } = await load('packages', 'forecast', '{"city":"Oslo"}')
    expect(failures).toEqual([])
    expect(agents[0].record.tools[0].input_schema).toMatchObject({ type: 'object', required: ['city'] })
    expect(outcome).toMatchObject({ ok: true, output: { city: 'Oslo', days: 3 } })
  })

  test('reports broken files with their lines and loads the others', async () => {
    writeFiles(folder.path, {
      'broken/a-syntax.ts': `type A = string\nexport default { name: ) }`,
      'broken/b-throws.ts': `interface B { c: string }\n\nthrow new Error('no key')`,
      'broken/c-import.ts': `import './gone.ts'`,
      'broken/d-export.ts': `export const d = 1`,
      'broken/e-invalid.ts': `export default {\n  name: 'e',\n  modle: 'x/y' }`,
      'broken/f-name.ts': `import { defineTools } from 'bunkhouse'\nexport default defineTools`,
      'broken/good.ts': `export default { name: 'good', model: 'x/y' }`,
    })
    const { agents, failures } = await load('broken')
    expect(agents).toMatchObject([{ file: 'good.ts' }])
    expect(failures).toMatchObject([
      { file: 'a-syntax.ts', line: 2, column: 24, message: 'Unexpected )' },
      { file: 'b-throws.ts', line: 3, message: 'it threw while loading: no key' },
      { file: 'c-import.ts', line: 1, message: 'the file "./gone.ts" was not found' },
      { file: 'd-export.ts', line: null, message: 'it has no default export' },
      { file: 'e-invalid.ts', line: 3, message: expect.stringContaining('did you mean "model"?') },
      { file: 'f-name.ts', line: 1, hint: 'Did you mean "defineTool"?' },
    ])
  })

  test('works from wherever it is put', async () => {
    const moved = join(folder.path, 'moved')
    renameSync(binary, moved)
    try {
      expect(JSON.parse(await output([moved, 'plain'], folder.path)).agents).toHaveLength(1)
    } finally {
      renameSync(moved, binary)
    }
  })
})

test('loading no files takes less than a millisecond and no validator', async () => {
  const loads = []
  for (let round = 0; round < 3; round++) loads.push(await load('nowhere'))
  expect(loads[0]).toMatchObject({ agents: [], failures: [] })
  expect(Math.min(...loads.map(({ milliseconds }) => milliseconds))).toBeLessThan(1)
  const { packages } = JSON.parse(await output([process.execPath, entry, 'nowhere'], project))
  expect(packages).not.toContain('ajv')
  expect(packages).not.toContain('zod')
})
