import type { Exchange } from './exchange.ts'
import { type Call, type Turn, toPieces } from './turn.ts'
import type { Frames, Wire } from './wire.ts'
import { at } from './wire.ts'

const eventStream = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

/** Plays one turn as the answer to one request. */
export const play = (turn: Turn, wire: Wire, call: Call, exchange: Exchange): Response | Promise<Response> => {
  if (turn.hang === 'headers') return exchange.ended().then(() => new Response(null, { status: 499 }))
  if (turn.hold === 'headers') return exchange.permit().then(() => answer(turn, wire, call, exchange))
  return answer(turn, wire, call, exchange)
}

const answer = (turn: Turn, wire: Wire, call: Call, exchange: Exchange): Response | Promise<Response> => {
  const { error, rubbish } = turn
  if (error !== undefined && error.after === undefined) {
    exchange.end('answered')
    return Response.json(wire.errorBody(error), { status: error.status ?? 500, headers: error.headers ?? {} })
  }
  if (rubbish?.after === 'body') {
    exchange.end('answered')
    return new Response(rubbish.text, { headers: { 'content-type': 'text/html' } })
  }
  const pieces = toPieces(turn, call, wire.lastUserText(call.body))
  if (at(call.body, 'stream') !== true) return whole(turn, wire.whole(pieces, call), exchange)
  const frames = wire.stream(pieces, call)
  return isInstant(turn)
    ? instant(frames, exchange)
    : new Response(paced(turn, wire, frames, exchange), { headers: eventStream })
}

const isInstant = (turn: Turn): boolean =>
  turn.hold !== true &&
  turn.delayMs === undefined &&
  turn.hang === undefined &&
  turn.cut === undefined &&
  turn.rubbish === undefined &&
  turn.error === undefined

const instant = (frames: Frames, exchange: Exchange): Response => {
  let body = frames.head()
  for (const delta of frames.deltas) body += delta()
  body += frames.tail()
  exchange.deltasSent(frames.deltas.length)
  exchange.end('answered')
  return new Response(body, { headers: eventStream })
}

const whole = async (turn: Turn, body: unknown, exchange: Exchange): Promise<Response> => {
  if (turn.hold === true) await exchange.permit()
  if (turn.hang !== undefined) await exchange.ended()
  exchange.end('answered')
  return Response.json(body)
}

/** A stream that writes and flushes the deltas one by one. */
const paced = (turn: Turn, wire: Wire, frames: Frames, exchange: Exchange): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>({
    type: 'direct',
    cancel: () => exchange.end('gone'),
    async pull(controller) {
      const send = async (text: string): Promise<void> => {
        controller.write(text)
        await controller.flush()
      }
      const startedAt = performance.now()
      await send(frames.head())
      for (let index = 0; index <= frames.deltas.length; index++) {
        if (turn.cut === index) {
          exchange.end('cut')
          // Rejecting is how Bun.serve is told to close the socket in the middle of a body; without a reason it stays quiet.
          return Promise.reject()
        }
        if (turn.hang === index) await exchange.ended()
        if (turn.rubbish?.after === index || turn.error?.after === index) {
          await send(turn.rubbish?.text ?? (turn.error === undefined ? '' : wire.errorEvent(turn.error)))
          return exchange.end('answered')
        }
        const delta = frames.deltas[index]
        if (delta === undefined) break
        if (turn.hold === true) await exchange.permit()
        if (turn.delayMs !== undefined) await until(startedAt + (index + 1) * turn.delayMs)
        if (exchange.state !== 'open') return
        await send(delta())
        exchange.deltasSent(1)
      }
      if (exchange.state !== 'open') return
      await send(frames.tail())
      exchange.end('answered')
    },
  })

const until = async (time: number): Promise<void> => {
  const delay = time - performance.now()
  if (delay > 0) await Bun.sleep(delay)
}
