import { Conditions } from '../support/provider/exchange.ts'

/** One call of a tool by an agent under test. */
export interface ToolCall {
  tool: string
  runId: string
  toolCallId: string
  idempotencyKey: string
  traceparent?: string
  /** Lets a call of a tool other than `note` return. */
  answer(text: string): void
}

/** What the agents' tools call, in the test's own process: so the test knows when a process is inside a tool. */
export interface ToolServer {
  url: string
  /** Calls so far, those of one tool, oldest first. */
  calls(tool: string): ToolCall[]
  /** Resolves when the tool's call with this number (1 is its first) has arrived. */
  call(tool: string, number: number): Promise<ToolCall>
  /** Lets every later call return by itself. */
  answerAtOnce(): void
  stop(): Promise<void>
}

/** The tool `note` is answered at once, every other when the test says so. */
export function startToolServer(): ToolServer {
  const arrived = new Conditions()
  const calls: ToolCall[] = []
  let patient = true
  const of = (tool: string) => calls.filter(call => call.tool === tool)
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      // Safe: only the agent file below calls.
      const { text, ...call } = (await request.json()) as Omit<ToolCall, 'answer'> & { text: string }
      const { promise, resolve } = Promise.withResolvers<string>()
      calls.push({ ...call, answer: resolve })
      arrived.changed()
      if (call.tool === 'note') resolve(`noted ${text}`)
      else if (!patient) resolve('waited')
      return new Response(await promise)
    },
  })
  return {
    url: server.url.href,
    calls: of,
    async call(tool, number) {
      await arrived.until(() => of(tool).length >= number)
      const call = of(tool)[number - 1]
      if (!call) throw new Error('unreachable: the condition held')
      return call
    },
    answerAtOnce() {
      patient = false
    },
    stop: () => server.stop(true),
  }
}

/** An agent file with these tools, and `deaf`, which waits too and does not heed its signal. Its model is `fake/<name>`. */
export const agentFile = (name: string, toolUrl: string): string => `
import { defineAgent, defineTool } from 'bunkhouse'

const tool = (name: string) =>
  defineTool({
    name,
    description: 'Asks the test.',
    input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    async run(input, { runId, toolCallId, idempotencyKey, signal, traceHeaders }) {
      const body = JSON.stringify({ tool: name, runId, toolCallId, idempotencyKey, ...traceHeaders, text: input.text })
      const response = await fetch('${toolUrl}', { method: 'POST', body, ...(name !== 'deaf' && { signal }) })
      return response.text()
    },
  })

export default defineAgent({ name: '${name}', model: 'fake/${name}', tools: ['note', 'wait', 'deaf'].map(tool) })
`
