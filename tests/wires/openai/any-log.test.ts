import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import { ChatFrames } from '../../../src/wires/openai/chat-frames.ts'
import { ResponseFrames } from '../../../src/wires/openai/response-frames.ts'
import { newRun } from '../../support/runs.ts'
import { generateLog } from '../generated-log.ts'

const rounds = 200
const first = Number(process.env.LOG_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** A server that answers with these server-sent events, read by the client's own strict parser. */
async function readResponse(body: string) {
  const client = new OpenAI({
    apiKey: 'key',
    baseURL: 'http://127.0.0.1/v1',
    maxRetries: 0,
    fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
  })
  return client.responses.stream({ model: 'a', input: 'go' }).finalResponse()
}

/** All of them, each under its own name and as JSON has it. */
const eventsOf = (bytes: string): { type: string; sequence_number: number }[] =>
  bytes
    .split('\n\n')
    .filter(Boolean)
    .map(frame => {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? []
      const event = JSON.parse(data) as { type: string; sequence_number: number } // looked at by the test
      if (event.type !== name || JSON.stringify(event) !== data) throw new Error(frame)
      return event
    })

test(`any log becomes a response that the client takes, LOG_SEED=${first}`, async () => {
  for (let seed = first; seed < first + rounds; seed++) {
    const { events, texts, end } = generateLog(seed, { mayDiffer: false })
    const run = newRun()
    const frames = new ResponseFrames(run, { runId: run.id, after: 0 })
    const bytes = frames.begin() + events.map(({ type, data }) => frames.add(type, data)).join('')
    const told = eventsOf(bytes)
    expect({ seed, numbers: told.map(({ sequence_number }) => sequence_number) }).toEqual({
      seed,
      numbers: told.map((_, index) => index),
    })
    // Whoever reads on after any of them reads the very rest.
    const cut = seed % told.length
    const again = new ResponseFrames(run, { runId: run.id, after: 0 })
    const rest = again.begin(cut) + events.map(({ type, data }) => again.add(type, data, cut)).join('')
    expect({ seed, rest }).toEqual({
      seed,
      rest: bytes
        .split(/(?<=\n\n)/)
        .slice(cut + 1)
        .join(''),
    })
    if (end !== 'completed') {
      expect({ seed, last: told.at(-1)?.type }).toEqual({ seed, last: 'response.failed' })
      continue
    }
    const response = await readResponse(bytes)
    expect({ seed, status: response.status, text: response.output_text }).toEqual({
      seed,
      status: 'completed',
      text: texts.join(''),
    })
  }
})

test(`any log becomes a chat completion without a word told twice, LOG_SEED=${first}`, () => {
  for (let seed = first; seed < first + rounds; seed++) {
    const { events, texts, end } = generateLog(seed, { mayDiffer: false })
    const frames = new ChatFrames({ isWhole: false })
    const parts = events.flatMap(({ type, data }) => frames.add(type, data))
    const piece = parts.map(part => (part.kind === 'text' ? part.piece : '')).join('')
    const text = JSON.parse(`"${piece}"`) as string // of the insides of JSON strings
    expect({ seed, text }).toEqual({ seed, text: texts.filter(Boolean).join('\n\n') })
    expect({ seed, last: parts.at(-1)?.kind }).toEqual({ seed, last: end === 'completed' ? 'end' : 'failure' })
  }
})
