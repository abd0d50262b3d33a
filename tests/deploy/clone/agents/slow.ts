import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { defineAgent } from 'bunkhouse'

const wordMs = 100

/** Says 30 words, one each 100 ms: work that is under way while something is done to its process. */
const model: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'test',
  modelId: 'slow',
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error('Only streams.')),
  doStream: async () => ({
    stream: new ReadableStream<LanguageModelV4StreamPart>({
      async start(controller) {
        controller.enqueue({ type: 'text-start', id: '0' })
        for (let word = 1; word <= 30; word += 1) {
          controller.enqueue({ type: 'text-delta', id: '0', delta: `${word} ` })
          await Bun.sleep(wordMs)
        }
        controller.enqueue({ type: 'text-end', id: '0' })
        controller.enqueue({
          type: 'finish',
          finishReason: { unified: 'stop', raw: undefined },
          usage: {
            inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 30, text: 30, reasoning: 0 },
          },
        })
        controller.close()
      },
    }),
  }),
}

export default defineAgent({ name: 'slow', model })
