import type {
  LanguageModelV4ReasoningPart,
  LanguageModelV4StreamPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider'
import type { Json } from '../../json.ts'
import type { AssistantContent, ModelListener, ModelResult, ModelToolCall, ModelUsage } from './call.ts'
import { BrokenAnswer, ErrorEvent } from './failure.ts'

type Finish = Extract<LanguageModelV4StreamPart, { type: 'finish' }>
type Block = LanguageModelV4TextPart | LanguageModelV4ReasoningPart

/** Puts the parts of a stream together, and tells the listener of each at once. */
export class Answer {
  readonly #on: ModelListener
  readonly #content: AssistantContent = []
  readonly #toolCalls: ModelToolCall[] = []
  /** Calls whose arguments are not JSON: perhaps cut off, and then the stream will not finish. */
  readonly #doubtful: LanguageModelV4ToolCall[] = []
  readonly #blocks = new Map<string, Block>()
  #text = ''
  #finish: Finish | undefined

  constructor(on: ModelListener) {
    this.#on = on
  }

  /** Throws what an error part holds, and what the listener throws. */
  add(part: LanguageModelV4StreamPart): void {
    switch (part.type) {
      case 'text-delta':
        if (part.delta !== '') {
          this.#text += part.delta
          this.#on.text(part.delta)
        }
        this.#extend('text', part.id, part.delta, part.providerMetadata)
        break
      case 'reasoning-delta':
        if (part.delta !== '') this.#on.reasoning(part.delta)
        this.#extend('reasoning', part.id, part.delta, part.providerMetadata)
        break
      case 'text-start':
        this.#open('text', part.id, part.providerMetadata)
        break
      case 'reasoning-start':
        this.#open('reasoning', part.id, part.providerMetadata)
        break
      case 'text-end':
      case 'reasoning-end':
        this.#extend(part.type === 'text-end' ? 'text' : 'reasoning', part.id, '', part.providerMetadata)
        break
      case 'tool-call':
        this.#addToolCall(part)
        break
      case 'finish':
        this.#finish = part
        break
      case 'error':
        throw part.error instanceof Error ? part.error : new ErrorEvent(part.error)
    }
  }

  /** The whole answer; throws when the stream ended before it was whole. */
  result(): ModelResult {
    const finish = this.#finish
    if (finish === undefined || finish.finishReason.unified === 'interrupted') {
      throw new BrokenAnswer('The provider closed the connection before its answer was whole.')
    }
    if (finish.finishReason.unified === 'error') throw new BrokenAnswer('The provider could not finish its answer.')
    for (const { toolCallId, toolName, input } of this.#doubtful)
      this.#on.toolCall({ toolCallId, name: toolName, input })
    return {
      content: this.#content.filter(isWorthKeeping),
      text: this.#text,
      toolCalls: this.#toolCalls,
      finishReason: finish.finishReason.unified,
      usage: toUsage(finish.usage),
      reported: finish.usage,
    }
  }

  #open(type: Block['type'], id: string, metadata: SharedV4ProviderMetadata | undefined): Block {
    const block: Block = { type, text: '', ...(metadata !== undefined && { providerOptions: metadata }) }
    this.#blocks.set(id, block)
    this.#content.push(block)
    return block
  }

  /** Adds to the open block of that id. The last metadata is the whole of it: it is there that signatures arrive. */
  #extend(type: Block['type'], id: string, delta: string, metadata: SharedV4ProviderMetadata | undefined): void {
    const open = this.#blocks.get(id)
    const block = open?.type === type ? open : this.#open(type, id, undefined)
    block.text += delta
    if (metadata !== undefined) block.providerOptions = metadata
  }

  #addToolCall(part: LanguageModelV4ToolCall): void {
    // A tool the provider runs itself: nothing for us to do, and none of ours can be one.
    if (part.providerExecuted === true) return
    const { toolCallId, toolName, input, providerMetadata } = part
    const parsed = parseInput(input)
    this.#content.push({
      type: 'tool-call',
      toolCallId,
      toolName,
      input: parsed === undefined ? input : parsed,
      ...(providerMetadata !== undefined && { providerOptions: providerMetadata }),
    })
    this.#toolCalls.push({
      toolCallId,
      name: toolName,
      input: parsed === undefined ? null : parsed,
      invalidInput: parsed === undefined ? input : null,
    })
    if (parsed === undefined) this.#doubtful.push(part)
    else this.#on.toolCall({ toolCallId, name: toolName, input })
  }
}

/** Undefined when it is not JSON. Nothing at all is how models call a tool without parameters. */
const parseInput = (text: string): Json | undefined => {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Empty blocks are refused by providers, but reasoning may be nothing but a signature. */
const isWorthKeeping = (part: AssistantContent[number]): boolean =>
  part.type === 'text'
    ? part.text !== ''
    : part.type !== 'reasoning' || part.text !== '' || part.providerOptions !== undefined

const toUsage = ({ inputTokens, outputTokens }: LanguageModelV4Usage): ModelUsage => {
  const input = inputTokens.total ?? 0
  const output = outputTokens.total ?? 0
  return { input_tokens: input, output_tokens: output, total_tokens: input + output }
}
