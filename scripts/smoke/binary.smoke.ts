// The steps build on each other: bun runs the tests of a file in order.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { printedKey, type RunningService, runHello, serve, writeGreeter } from './service.ts'

const root = resolve(import.meta.dir, '../..')
let folder: string
let service: RunningService | undefined
let key: string

// Nothing of this checkout or its settings: no node_modules, no Bun.
const environment = () => ({ PATH: '/usr/bin:/bin', HOME: folder })
const command = (...args: string[]): string[] => [join(folder, 'bunkhouse'), ...args]

const run = async (line: string[], cwd: string, env: Record<string, string | undefined>) => {
  const child = Bun.spawn(line, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  return { output: await child.stdout.text(), status: await child.exited }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-smoke-'))
})
afterAll(async () => {
  await service?.end()
  await rm(folder, { recursive: true })
})

test('bun run build makes the binary', async () => {
  expect((await run([process.execPath, 'run', 'build'], root, process.env)).status).toBe(0)
  await copyFile(join(root, 'dist/bunkhouse'), join(folder, 'bunkhouse'))
}, 120_000)

test('the binary alone says its version', async () => {
  const { output, status } = await run(command('version'), folder, environment())
  expect(output).toContain(process.env.APP_VERSION || packageJson.version)
  expect(status).toBe(0)
})

test('the binary alone migrates', async () => {
  expect((await run(command('migrate'), folder, environment())).status).toBe(0)
})

test('the binary alone serves a run with the key it prints', async () => {
  service = await serve(command('serve'), folder, environment())
  key = await printedKey(service)
  const { httpStatus, run } = await runHello(service, key, 'echo')
  expect(run).toMatchObject({ status: 'completed', output: 'hello' })
  expect(httpStatus).toBe(200)
})

test('the binary alone shows the Swagger page with all it needs', async () => {
  const page = await fetch(`${service?.url}/swagger`)
  expect(page.status).toBe(200)
  const assets: string[] = []
  const collect = (attribute: string) => ({
    element(element: HTMLRewriterTypes.Element) {
      const address = element.getAttribute(attribute)
      if (address) assets.push(new URL(address, page.url).href)
    },
  })
  const rewriter = new HTMLRewriter().on('script[src]', collect('src')).on('link[href]', collect('href'))
  await rewriter.transform(page).text()
  expect(assets).not.toBeEmpty()
  for (const asset of assets) {
    expect(asset).toStartWith(`${service?.url}/`)
    expect({ asset, status: (await fetch(asset)).status }).toEqual({ asset, status: 200 })
  }
  expect((await fetch(`${service?.url}/swagger/json`)).status).toBe(200)
})

test('the binary ends with 0 on SIGTERM', async () => {
  expect(await service?.end()).toBe(0)
})

test('the binary alone loads an agent file, and knows the key of its first start', async () => {
  await writeGreeter(folder)
  service = await serve(command('serve'), folder, environment())
  expect((await runHello(service, key, 'greeter')).run).toMatchObject({ status: 'completed', output: 'hello' })
  expect(await service.end()).toBe(0)
})

test('the binary alone loads a job file, and runs a job of it', async () => {
  const noted = Promise.withResolvers<string>()
  await using listener = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async request => {
      noted.resolve(await request.text())
      return new Response()
    },
  })
  await mkdir(join(folder, 'jobs'))
  await Bun.write(
    join(folder, 'jobs/note.ts'),
    `import { defineJob } from 'bunkhouse'
export default defineJob({
  name: 'note',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  async run({ text }) { await fetch('${listener.url}', { method: 'POST', body: String(text) }) },
})
`,
  )
  service = await serve(command('serve'), folder, environment())
  const answer = await fetch(`${service.url}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'note', payload: { text: 'hello' } }),
  })
  expect(answer.status).toBe(201)
  expect(await noted.promise).toBe('hello')
  expect(await service.end()).toBe(0)
})

test('the binary alone backs up what it serves, by itself and by command, and restores it', async () => {
  service = await serve(command('serve'), folder, {
    ...environment(),
    BACKUP_TO: './backups',
    BACKUP_SCHEDULE: '@daily',
  })
  const backups = join(folder, 'backups')
  const deadline = Date.now() + 60_000
  const made = async () => (await readdir(backups).catch(() => [])).filter(name => name.endsWith('.db'))
  while ((await made()).length === 0 && Date.now() < deadline) await Bun.sleep(50)
  expect(await made()).toHaveLength(1)
  expect((await run(command('backup', 'copy.db'), folder, environment())).status).toBe(0)
  expect(await service.end()).toBe(0)
  const restored = { ...environment(), DATABASE_URL: 'sqlite:./restored/bunkhouse.db' }
  expect((await run(command('restore', 'copy.db'), folder, restored)).status).toBe(0)
  service = await serve(command('serve'), folder, restored)
  expect((await runHello(service, key, 'greeter')).run).toMatchObject({ status: 'completed', output: 'hello' })
  expect(await service.end()).toBe(0)
}, 120_000)

test('the binary alone kills another of itself in the middle of a run, and shows what became of it', async () => {
  const { output, status } = await run(command('doctor', '--chaos', '--json'), folder, environment())
  expect(JSON.parse(output)).toMatchObject({ ok: true })
  expect(status).toBe(0)
}, 120_000)
