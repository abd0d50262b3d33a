// An agent file: plays what a run's input says, with a model inside the service, and keeps a ledger of what its tool did.
import { appendFileSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { defineAgent, defineTool } from 'bunkhouse'
import type { LedgerLine } from '../ledger.ts'
import { callId, type Play } from '../work/play.ts'

const ledger = openSync(process.env.CHAOS_LEDGER ?? '', 'a')
const marks = process.env.CHAOS_MARKS ?? ''

/** Not Date.now: that one is set off. */
const trueNow = (): number => Math.round(performance.timeOrigin + performance.now())

const act = defineTool({
  name: 'act',
  description: 'Takes its time, and writes down that it was done.',
  input: { type: 'object', properties: { ms: { type: 'number' }, deaf: { type: 'boolean' } }, required: ['ms'] },
  effect: 'idempotent',
  async run({ ms, deaf }, { runId, toolCallId, signal }) {
    await sleep(Number(ms), undefined, deaf === true ? {} : { signal })
    const line: LedgerLine = { by: runId, call: toolCallId, pid: process.pid, at: trueNow() }
    appendFileSync(ledger, `${JSON.stringify(line)}\n`)
    return 'done'
  },
})

/** True where the play still has a failure to give, over all processes. */
function takesFailure({ key, failures }: Play): boolean {
  for (let number = 0; number < failures; number++) {
    try {
      writeFileSync(join(marks, `${key}-${number}`), '', { flag: 'wx' })
      return true
    } catch {
      // Given already.
    }
  }
  return false
}

const refusal = (status: number): Error =>
  Object.assign(new Error(`The play says ${status}.`), {
    name: 'AI_APICallError',
    statusCode: status,
    responseHeaders: { 'retry-after-ms': '150' },
  })

function* answer(play: Play, turn: number): Iterable<LanguageModelV4StreamPart> {
  yield { type: 'text-start', id: '0' }
  const words = turn < play.turns.length ? ['I ', 'act.'] : ['All ', 'is ', 'done.']
  for (const delta of words) yield { type: 'text-delta', id: '0', delta }
  yield { type: 'text-end', id: '0' }
  for (const [index, call] of (play.turns[turn] ?? []).entries()) {
    yield { type: 'tool-call', toolCallId: callId(turn, index), toolName: 'act', input: JSON.stringify(call) }
  }
  const more = turn < play.turns.length
  yield {
    type: 'finish',
    finishReason: { unified: more ? 'tool-calls' : 'stop', raw: undefined },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: words.length, text: words.length, reasoning: 0 },
    },
  }
}

/** What this run is to play, and how many of its turns the model has taken. */
function placeIn(prompt: LanguageModelV4Prompt): { play: Play; turn: number } {
  const asked = prompt.findLastIndex(message => message.role === 'user')
  const question = prompt[asked]
  const part = question?.role === 'user' ? question.content[0] : undefined
  const play: Play = JSON.parse(part?.type === 'text' ? part.text : '')
  return { play, turn: prompt.slice(asked).filter(message => message.role === 'assistant').length }
}

const model: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'chaos',
  modelId: 'play',
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error('This model only streams.')),
  async doStream({ prompt, abortSignal }) {
    const { play, turn } = placeIn(prompt)
    if (play.fatal) throw refusal(400)
    if (takesFailure(play)) throw refusal(503)
    const parts = answer(play, turn)[Symbol.iterator]()
    return {
      stream: new ReadableStream<LanguageModelV4StreamPart>({
        async pull(controller) {
          await sleep(play.wordMs, undefined, abortSignal ? { signal: abortSignal } : {})
          const { value, done } = parts.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
      }),
    }
  },
}

export default defineAgent({ name: 'chaos', model, tools: [act] })
