// An agent file: a model inside the service that makes tokens at planned times, so that every token can say when it was
// due and when it was made. The plan comes as the run's input.
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { defineAgent } from 'bunkhouse'
import type { TokenPlan } from './token.ts'

interface Source {
  plan: TokenPlan
  made: number
  controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>
}

const sources = new Set<Source>()
let ticking: Timer | undefined

const now = (): number => performance.timeOrigin + performance.now()

/** One timer for all sources: a thousand of them would measure the timers. */
function tick(): void {
  for (const source of sources) emitDue(source, now())
  if (sources.size > 0) return
  clearInterval(ticking)
  ticking = undefined
}

function emitDue(source: Source, time: number): void {
  const { plan, controller } = source
  const sinceEpoch = time - plan.epoch
  for (;;) {
    // Absolute times: a late token does not make the next one late.
    const due = plan.firstAtMs + source.made * plan.everyMs
    if (due > sinceEpoch) return
    const delta = `${source.made++}@${due.toFixed(2)}+${(sinceEpoch - due).toFixed(2)} `
    controller.enqueue({ type: 'text-delta', id: '0', delta })
    if (source.made === plan.tokens) {
      finish(source)
      return
    }
  }
}

function finish(source: Source): void {
  sources.delete(source)
  const total = source.made
  source.controller.enqueue({ type: 'text-end', id: '0' })
  source.controller.enqueue({
    type: 'finish',
    finishReason: { unified: 'stop', raw: undefined },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total, text: total, reasoning: 0 },
    },
  })
  source.controller.close()
}

const model: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'bench',
  modelId: 'tokens',
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error('This model only streams.')),
  async doStream({ prompt }) {
    const [question] = prompt
    const part = question?.role === 'user' ? question.content[0] : undefined
    const plan: TokenPlan = JSON.parse(part?.type === 'text' ? part.text : '')
    let source: Source
    return {
      stream: new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          controller.enqueue({ type: 'text-start', id: '0' })
          source = { plan, made: 0, controller }
          sources.add(source)
          ticking ??= setInterval(tick, 1)
        },
        cancel: () => {
          sources.delete(source)
        },
      }),
    }
  },
}

export default defineAgent({ name: 'tokens', model })
