import type { NewEvent } from '../../runs/event.ts'
import { storedText } from '../../runs/stored-text.ts'
import { Said } from './said.ts'

export interface ChatToolCall {
  index: number
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}

interface Delta {
  role?: 'assistant'
  content?: string
  tool_calls?: ChatToolCall[]
}

export interface ChatUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
}

export type ChatFinish = 'stop' | 'length' | 'tool_calls'

/** What one event means to a reader of a chat completion. */
export type ChatPart =
  /** Content as the inside of a JSON string. */
  | { kind: 'text'; piece: string }
  | { kind: 'delta'; delta: Delta }
  | { kind: 'end'; finish: ChatFinish; usage: ChatUsage }
  | { kind: 'failure'; message: string; code: string }

interface FramesOptions {
  /** The answer has to fit a schema: it is told when it does, as a whole. */
  isWhole: boolean
}

/**
 * A run's log as parts of a chat completion, from the events alone: whoever reads it again reads the same. Texts of several
 * steps have an empty line between them. A step that was begun again after a crash is told once, as far as it says the
 * same; where it says something else the reader is told that the answer cannot be gone on with.
 */
export class ChatFrames {
  readonly #options: FramesOptions
  #step = 0
  /** What was told of the present step. */
  #said = new Said()
  #isFirst = true
  #anything = false
  #usage: ChatUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  #finish: ChatFinish = 'stop'
  #ended = false

  constructor(options: FramesOptions) {
    this.#options = options
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** @param data as it is stored */
  add(type: string, data: string): ChatPart[] {
    if (this.#ended) return []
    if (type === 'text.delta') return this.#text(storedText(data))
    // Safe: events are written by this program alone, in these very shapes.
    const event = { type, data: JSON.parse(data) } as NewEvent
    switch (event.type) {
      case 'step.started':
        if (event.data.kind === 'model') this.#begin(event.data.step)
        return []
      case 'step.completed':
        if (event.data.kind === 'model') this.#count(event.data.usage, event.data.finish_reason)
        return []
      case 'run.waiting':
        return event.data.tool_calls.length > 0 ? this.#toolCalls(event.data.tool_calls) : []
      case 'run.completed':
        return [...this.#whole(event.data.output), this.#end(this.#finish)]
      case 'run.failed':
        return this.#fail(event.data.error.message, event.data.error.code)
      case 'run.cancelled':
        return this.#fail(event.data.reason, 'cancelled')
      default:
        return []
    }
  }

  #begin(step: number): void {
    if (step === this.#step) {
      this.#said.restart()
      return
    }
    this.#step = step
    this.#said = new Said()
    this.#isFirst = true
  }

  #text(piece: string): ChatPart[] {
    if (this.#options.isWhole) return []
    const news = this.#said.add(piece)
    if (news === null) return this.#fail('The answer was begun again, and is another one now.', 'interrupted')
    if (news === '') return []
    const gap = this.#isFirst && this.#anything ? '\\n\\n' : ''
    this.#isFirst = false
    this.#anything = true
    return [{ kind: 'text', piece: gap + news }]
  }

  #tell(content: string): ChatPart[] {
    this.#anything = true
    return [{ kind: 'delta', delta: { content } }]
  }

  #whole(output: unknown): ChatPart[] {
    if (!this.#options.isWhole) return []
    return this.#tell(typeof output === 'string' ? output : JSON.stringify(output))
  }

  #toolCalls(calls: { tool_call_id: string; name: string; input: unknown }[]): ChatPart[] {
    const tool_calls = calls.map(({ tool_call_id: id, name, input }, index) => ({
      index,
      id,
      type: 'function' as const,
      function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
    }))
    return [{ kind: 'delta', delta: { tool_calls } }, this.#end('tool_calls')]
  }

  #count({ input_tokens, output_tokens }: { input_tokens: number; output_tokens: number }, reason: string): void {
    const { prompt_tokens, completion_tokens, total_tokens } = this.#usage
    this.#usage = {
      prompt_tokens: prompt_tokens + input_tokens,
      completion_tokens: completion_tokens + output_tokens,
      total_tokens: total_tokens + input_tokens + output_tokens,
    }
    this.#finish = reason === 'length' ? 'length' : 'stop'
  }

  #end(finish: ChatFinish): ChatPart {
    this.#ended = true
    return { kind: 'end', finish, usage: this.#usage }
  }

  #fail(message: string, code: string): ChatPart[] {
    this.#ended = true
    return [{ kind: 'failure', message, code }]
  }
}
