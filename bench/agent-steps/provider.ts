// A model provider that speaks Chat Completions and answers at once: a call of `noop` for each of the first three
// answers of a conversation, then text. Prints its URL once it listens.
import { toolCalls } from './agent.ts'

interface Question {
  model: string
  stream?: boolean
  messages: { role: string }[]
}

// LangGraph takes two messages of one id for one message.
let serial = 0
const newId = () => `chatcmpl_${++serial}`

const usage = { prompt_tokens: 40, completion_tokens: 8, total_tokens: 48 }

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  routes: {
    '/v1/chat/completions': {
      POST: async request => {
        // Safe: only the entrants of this bench ask, each by its provider's client.
        const question = (await request.json()) as Question
        const called = question.messages.filter(({ role }) => role === 'tool').length
        return question.stream ? streamed(question.model, called) : whole(question.model, called)
      },
    },
  },
  fetch: ({ url }) => Response.json({ error: { message: `No such route: ${url}` } }, { status: 404 }),
})
console.log(`http://127.0.0.1:${server.port}`)

function answer(called: number) {
  if (called >= toolCalls) return { message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' }
  const call = { id: `call_${called}`, type: 'function', function: { name: 'noop', arguments: `{"n":${called}}` } }
  return { message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }
}

function whole(model: string, called: number): Response {
  const choice = { index: 0, ...answer(called) }
  return Response.json({ id: newId(), object: 'chat.completion', created: 0, model, choices: [choice], usage })
}

function streamed(model: string, called: number): Response {
  const { message, finish_reason } = answer(called)
  const delta = { ...message, ...(message.tool_calls && { tool_calls: [{ index: 0, ...message.tool_calls[0] }] }) }
  const base = { id: newId(), object: 'chat.completion.chunk', created: 0, model }
  const chunks = [
    { ...base, choices: [{ index: 0, delta, finish_reason: null }] },
    { ...base, choices: [{ index: 0, delta: {}, finish_reason }] },
    { ...base, choices: [], usage },
  ]
  const text = `${chunks.map(chunk => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } })
}
