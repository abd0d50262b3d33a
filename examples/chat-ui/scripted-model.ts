interface ModelRequest {
  messages: { role: string; content: unknown }[]
}

const dishes = `Tonight there is barley soup with smoked trout, and bread that was baked this morning. After that
we have lamb from the hill behind the house, braised since noon, or a pie of leeks and hazelnuts.
There are pears in red wine to end with. Shall I book a table for you? You could also load this
page again while I speak: I shall not lose my thread.`

/** A model to try the page with where no provider's key is at hand: it speaks as OpenAI's do, and slowly. */
export function openScriptedModel(): Bun.Server<undefined> {
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    routes: {
      '/v1/chat/completions': {
        POST: async request => {
          // Safe: the service alone asks here.
          const { messages } = (await request.json()) as ModelRequest
          return new Response(speak(deltasFor(messages.at(-1))), { headers: { 'content-type': 'text/event-stream' } })
        },
      },
    },
  })
}

function deltasFor(last: ModelRequest['messages'][number] | undefined): object[] {
  const said = JSON.stringify(last?.content ?? '')
  if (last?.role === 'user' && /\bbook\b/i.test(said)) {
    const call = { name: 'book_table', arguments: '{"people":2,"time":"19:30"}' }
    return [{ tool_calls: [{ index: 0, id: crypto.randomUUID(), type: 'function', function: call }] }]
  }
  const text = last?.role === 'user' ? dishes.replaceAll('\n', ' ') : 'Very well, as you wish.'
  return text.split(/(?<= )/).map(content => ({ content }))
}

async function* speak(deltas: object[]) {
  const encoder = new TextEncoder()
  const event = (data: object) => encoder.encode(`data: ${JSON.stringify(data)}\n\n`)
  for (const delta of deltas) {
    yield event({ choices: [{ index: 0, delta, finish_reason: null }] })
    await Bun.sleep(150)
  }
  const reason = deltas.some(delta => 'tool_calls' in delta) ? 'tool_calls' : 'stop'
  yield event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
  yield encoder.encode('data: [DONE]\n\n')
}
