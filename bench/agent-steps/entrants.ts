import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import type { Engine } from '../bench.ts'
import { openDatabase } from '../database.ts'
import { benchKey, startService } from '../service.ts'
import { instructions, toolDescription } from './agent.ts'

/** A server with the agent of this bench. */
export interface Entrant extends AsyncDisposable {
  pid: number
  url: string
  headers: Record<string, string>
  body: unknown
}

export interface Surroundings {
  folder: string
  provider: string
  profile: string | undefined
}

export const peersFolder = join(import.meta.dir, 'peers')
const json = { 'content-type': 'application/json' }
const question = 'Go.'

export async function startOurs(engine: Engine, { folder, provider, profile }: Surroundings): Promise<Entrant> {
  await mkdir(join(folder, 'agents'), { recursive: true })
  await Bun.write(join(folder, 'agents/steps.ts'), agentFile)
  const database = await openDatabase(engine, folder)
  const env = { DATABASE_URL: database.url, OPENAI_BASE_URL: `${provider}/v1`, OPENAI_API_KEY: 'none' }
  const service = await startService({ folder, env, profile })
  return {
    pid: service.pid,
    url: `http://127.0.0.1:${service.port}/v1/runs/wait`,
    headers: { ...json, authorization: `Bearer ${benchKey}` },
    body: { agent: 'steps', input: question },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const agentFile = `import { defineAgent, defineTool } from 'bunkhouse'
const input = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false }
const noop = defineTool({ name: 'noop', description: '${toolDescription}', input, run: () => 'ok' })
export default defineAgent({ name: 'steps', model: 'openai/steps', instructions: '${instructions}', tools: [noop] })
`

export const startMastra = ({ folder, provider }: Surroundings): Promise<Entrant> =>
  startPeer('mastra.ts', folder, port => ({
    args: [String(port), provider, folder],
    path: '/api/agents/steps/generate',
    body: { messages: [{ role: 'user', content: question }] },
  }))

export const startLangGraph = ({ folder, provider }: Surroundings): Promise<Entrant> =>
  startPeer('langgraph.ts', folder, port => ({
    args: [String(port), folder],
    env: { PROVIDER_URL: provider, LANGCHAIN_TRACING_V2: 'false' },
    path: '/runs/wait',
    body: { assistant_id: 'steps', input: { messages: [{ role: 'user', content: question }] } },
  }))

interface Peer {
  args: string[]
  env?: Record<string, string>
  path: string
  body: unknown
}

async function startPeer(program: string, folder: string, peer: (port: number) => Peer): Promise<Entrant> {
  const port = freePort()
  const { args, env, path, body } = peer(port)
  const child = Bun.spawn([process.execPath, join(peersFolder, program), ...args], {
    cwd: folder,
    stdio: ['ignore', Bun.file(join(folder, `${program}.log`)), 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  const url = `http://127.0.0.1:${port}${path}`
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${program} ended.`)
    await Bun.sleep(50)
  }
  const end = async () => {
    child.kill()
    await child.exited
  }
  return { pid: child.pid, url, headers: json, body, [Symbol.asyncDispose]: end }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    async response => {
      await response.text()
      return true
    },
    () => false,
  )
