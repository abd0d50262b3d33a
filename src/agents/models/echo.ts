import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'

const deltasAtMost = 16
const finishReason: LanguageModelV4FinishReason = { unified: 'stop', raw: undefined }

/** The offline model `builtin/echo`: answers with the text of the last user message, word by word. */
export const echoModel: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'builtin',
  modelId: 'echo',
  supportedUrls: {},

  async doGenerate({ prompt }: LanguageModelV4CallOptions) {
    const text = lastUserText(prompt)
    return {
      content: text === '' ? [] : [{ type: 'text', text }],
      finishReason,
      usage: usage(prompt, text),
      warnings: [],
    }
  },

  async doStream({ prompt }: LanguageModelV4CallOptions) {
    const text = lastUserText(prompt)
    return {
      stream: new ReadableStream<LanguageModelV4StreamPart>({
        start(controller) {
          if (text !== '') {
            controller.enqueue({ type: 'text-start', id: '0' })
            for (const delta of split(text)) controller.enqueue({ type: 'text-delta', id: '0', delta })
            controller.enqueue({ type: 'text-end', id: '0' })
          }
          controller.enqueue({ type: 'finish', finishReason, usage: usage(prompt, text) })
          controller.close()
        },
      }),
    }
  },
}

const lastUserText = (prompt: LanguageModelV4Prompt): string => {
  const message = prompt.findLast(one => one.role === 'user')
  if (message?.role !== 'user') return ''
  let text = ''
  for (const part of message.content) if (part.type === 'text') text += part.text
  return text
}

/** Words with the space behind them; several to a delta when there are many, so that a long text costs no more events. */
const split = (text: string): string[] => {
  const words = text.match(/^\s+|\S+\s*/g) ?? []
  if (words.length <= deltasAtMost) return words
  const perDelta = Math.ceil(words.length / deltasAtMost)
  const deltas: string[] = []
  for (let index = 0; index < words.length; index += perDelta)
    deltas.push(words.slice(index, index + perDelta).join(''))
  return deltas
}

const usage = (prompt: LanguageModelV4Prompt, answer: string): LanguageModelV4Usage => {
  let input = 0
  for (const { content } of prompt) {
    if (typeof content === 'string') input += countWords(content)
    else for (const part of content) if (part.type === 'text') input += countWords(part.text)
  }
  const output = countWords(answer)
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  }
}

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0
