import type { Exchange } from './exchange.ts'
import type { FakeProvider } from './server.ts'
import type { Turn } from './turn.ts'

const view = (exchange: Exchange) => ({
  ...exchange.record,
  state: exchange.state,
  sent_deltas: exchange.sentDeltas,
})

/**
 * How a test in another process steers the server.
 * - `POST /_control/script` `{model, turns, repeat?}`
 * - `GET /_control/requests?model=` lists requests. With `number=` it waits until that one has arrived, then, if asked,
 *   until it has `sent=` so many deltas or has `ended=1`, and answers with that one.
 * - `POST /_control/release` `{model, number, count?}`
 * - `POST /_control/reset`
 */
export const control = async (provider: FakeProvider, what: string, request: Request): Promise<Response> => {
  switch (`${request.method} ${what}`) {
    case 'POST script': {
      // Safe: only our own tests and benches call this, with turns of this very type.
      const body = (await request.json()) as { model: string; turns: Turn[]; repeat?: boolean }
      provider.script(body.model, body.turns, { repeat: body.repeat ?? false })
      return Response.json({ ok: true })
    }
    case 'GET requests':
      return requests(provider, new URL(request.url).searchParams)
    case 'POST release': {
      // Safe: as above.
      const body = (await request.json()) as { model: string; number: number; count?: number }
      const exchange = await provider.request(body.model, body.number)
      exchange.release(body.count)
      return Response.json(view(exchange))
    }
    case 'POST reset':
      provider.reset()
      return Response.json({ ok: true })
    default:
      return Response.json({ error: `no control called ${request.method} ${what}` }, { status: 404 })
  }
}

const requests = async (provider: FakeProvider, query: URLSearchParams): Promise<Response> => {
  const model = query.get('model')
  const number = query.get('number')
  if (model === null || number === null) {
    return Response.json({ requests: provider.requests(model ?? undefined).map(view) })
  }
  const exchange = await provider.request(model, Number(number))
  const sent = query.get('sent')
  try {
    if (sent !== null) await exchange.sent(Number(sent))
    if (query.get('ended') === '1') await exchange.ended()
  } catch (error) {
    return Response.json({ error: String(error), ...view(exchange) }, { status: 409 })
  }
  return Response.json(view(exchange))
}
