// Mastra's server by its Hono adapter, with the agent of this bench and LibSQL in a file: PORT PROVIDER FOLDER
import { serve } from '@hono/node-server'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { createTool } from '@mastra/core/tools'
import { MastraServer } from '@mastra/hono'
import { LibSQLStore } from '@mastra/libsql'
import { Hono } from 'hono'
import { z } from 'zod'
import { instructions, toolDescription } from '../agent.ts'

const [port = '', provider = '', folder = ''] = process.argv.slice(2)
const noop = createTool({
  id: 'noop',
  description: toolDescription,
  inputSchema: z.object({ n: z.number() }),
  execute: async () => 'ok',
})
const steps = new Agent({
  id: 'steps',
  name: 'steps',
  instructions,
  model: { id: 'fake/steps', url: `${provider}/v1`, apiKey: 'none' },
  tools: { noop },
})
const storage = new LibSQLStore({ id: 'bench', url: `file:${folder}/mastra.db` })
const app = new Hono()
await new MastraServer({ app, mastra: new Mastra({ agents: { steps }, storage, logger: false }) }).init()
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })
