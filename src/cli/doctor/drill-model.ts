/** A provider on this machine for one drill: it costs nothing, and counts what it is asked for. */
export interface DrillModel extends AsyncDisposable {
  url: string
  modelCalls(): number
  toolCalls(): number
  /** Resolves when the second call of the model is in the middle of its answer. */
  midAnswer: Promise<void>
  /** From now on answers are whole. */
  mend(): void
}

export const drillAnswer = 'The drill is over.'

const frame = (delta: object, reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'drill',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'drill',
    choices: [{ index: 0, delta, finish_reason: reason }],
  })}\n\n`

const askForTool =
  frame({
    role: 'assistant',
    tool_calls: [{ index: 0, id: 'call_note', type: 'function', function: { name: 'note', arguments: '{}' } }],
  }) + frame({}, 'tool_calls')

/** First asks for the tool, then begins an answer that it never ends, until it is mended. */
export function startDrillModel(): DrillModel {
  let models = 0
  let tools = 0
  let isMended = false
  const middle = Promise.withResolvers<void>()
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    fetch(request) {
      if (new URL(request.url).pathname === '/tool') {
        tools++
        return new Response('noted')
      }
      models++
      return new Response(models === 1 ? `${askForTool}data: [DONE]\n\n` : answer(), {
        headers: { 'content-type': 'text/event-stream' },
      })
    },
  })
  const answer = () =>
    new ReadableStream<string>({
      start(controller) {
        controller.enqueue(frame({ role: 'assistant', content: isMended ? drillAnswer : 'The drill ' }))
        if (!isMended) return middle.resolve()
        controller.enqueue(`${frame({}, 'stop')}data: [DONE]\n\n`)
        controller.close()
      },
    })
  return {
    url: server.url.origin,
    modelCalls: () => models,
    toolCalls: () => tools,
    midAnswer: middle.promise,
    mend: () => {
      isMended = true
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

/** The agent whose run is cut off, as a file. */
export const drillAgent = (url: string): string => `import { defineAgent, defineTool } from 'bunkhouse'
const note = defineTool({
  name: 'note',
  description: 'Takes a note.',
  input: { type: 'object' },
  run: async () => (await fetch('${url}/tool', { method: 'POST' })).text(),
})
export default defineAgent({ name: 'drill', model: 'drill/drill', tools: [note] })
`
