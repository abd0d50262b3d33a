import type { NewEvent } from '../../runs/event.ts'
import { storedText } from '../../runs/stored-text.ts'

/** One chunk of a UI message stream, version 1. The set of types is closed, but for `data-…`. */
export type UiChunk = { type: string; [field: string]: unknown }

interface Part {
  type: 'text' | 'reasoning'
  id: string
}

/**
 * A run's log as a UI message, from the events alone: whoever reads it again reads the same chunks. A step that was begun
 * again takes back what it had said.
 */
export class UiFrames {
  readonly #messageId: string
  #part: Part | null = null
  /** Number of the model step that is open; 0: none. */
  #step = 0
  #finish = 'stop'
  /** Calls that a person has refused, and waits that a client can answer. */
  readonly #denied = new Set<string>()
  #askedOfClient = false
  #askedOfOthers = false
  #ended = false
  #waitsOver: number

  /**
   * @param messageId of the message that the chunks are of
   * @param waitsOver so many waits do not end it, as they are over
   */
  constructor(messageId: string, waitsOver = 0) {
    this.#messageId = messageId
    this.#waitsOver = waitsOver
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** Before anything that the log says. */
  begin(): UiChunk[] {
    return [{ type: 'start', messageId: this.#messageId }]
  }

  /**
   * The chunk of a text that goes on, as JSON: most of a log are these, and what they say is passed on as it is stored. Null
   * for whatever else.
   */
  goOn(type: string, data: string): string | null {
    const part = this.#part
    if (part === null || type !== `${part.type}.delta` || this.#ended) return null
    return `{"type":"${part.type}-delta","id":"${part.id}","delta":"${storedText(data)}"}`
  }

  /** @param data as it is stored */
  add(type: string, data: string): UiChunk[] {
    if (this.#ended) return []
    // Safe: events are written by this program alone, in these very shapes.
    const event = { type, data: JSON.parse(data) } as NewEvent
    switch (event.type) {
      case 'step.started':
        return event.data.kind === 'model' ? this.#begin(event.data.step) : []
      case 'text.delta':
        return this.#say('text', event.data)
      case 'reasoning.delta':
        return this.#say('reasoning', event.data)
      case 'tool.call': {
        const { tool_call_id: toolCallId, name: toolName, input } = event.data
        return [...this.#close(), { type: 'tool-input-available', toolCallId, toolName, input }]
      }
      case 'tool.progress': {
        const { tool_call_id: id, progress } = event.data
        return [{ type: 'data-progress', id, data: { tool_call_id: id, progress }, transient: true }]
      }
      case 'tool.result':
        return [...this.#close(), this.#result(event.data)]
      case 'step.completed':
        if (event.data.kind === 'model') this.#finish = event.data.finish_reason === 'length' ? 'length' : 'stop'
        return this.#close()
      case 'approval.requested':
        return [...this.#close(), this.#asked(event.data)]
      case 'approval.resolved':
        if (event.data.action === 'deny') this.#denied.add(event.data.tool_call_id)
        return []
      case 'run.waiting':
        return this.#waiting(event.data.tool_calls.length > 0)
      case 'run.completed': {
        const messageMetadata = { usage: event.data.usage }
        return this.#end([{ type: 'finish', finishReason: this.#finish, messageMetadata }])
      }
      case 'run.failed':
        return this.#end([
          { type: 'error', errorText: event.data.error.message },
          { type: 'finish', finishReason: 'error' },
        ])
      case 'run.cancelled':
        return this.#end([
          { type: 'abort', reason: event.data.reason },
          { type: 'finish', finishReason: 'other' },
        ])
      default:
        return []
    }
  }

  #begin(step: number): UiChunk[] {
    // What an attempt that was cut off has left open, its reader drops.
    if (this.#step === step) {
      this.#part = null
      return [{ type: 'reset-step' }]
    }
    const before = this.#step === 0 ? [] : [...this.#close(), { type: 'finish-step' }]
    this.#step = step
    return [...before, { type: 'start-step' }]
  }

  #say(type: Part['type'], { step, text }: { step: number; text: string }): UiChunk[] {
    const opened: UiChunk[] = []
    if (this.#part?.type !== type) {
      opened.push(...this.#close())
      this.#part = { type, id: `${type}-${step}` }
      opened.push({ type: `${type}-start`, id: this.#part.id })
    }
    return [...opened, { type: `${type}-delta`, id: this.#part.id, delta: text }]
  }

  #close(): UiChunk[] {
    const part = this.#part
    this.#part = null
    return part ? [{ type: `${part.type}-end`, id: part.id }] : []
  }

  #result({
    tool_call_id: toolCallId,
    output,
    is_error,
  }: {
    tool_call_id: string
    output: unknown
    is_error: boolean
  }) {
    if (!is_error) return { type: 'tool-output-available', toolCallId, output }
    if (this.#denied.has(toolCallId)) return { type: 'tool-output-denied', toolCallId }
    const errorText = typeof output === 'string' ? output : JSON.stringify(output)
    return { type: 'tool-output-error', toolCallId, errorText }
  }

  #asked(asked: Extract<NewEvent, { type: 'approval.requested' }>['data']): UiChunk {
    const { approval_id: approvalId, tool_call_id: toolCallId, kind, form } = asked
    if (kind === 'approval' && form === null) {
      this.#askedOfClient = true
      return { type: 'tool-approval-request', approvalId, toolCallId }
    }
    // What the protocol has no words for: a form to fill in, a question, a call in doubt.
    this.#askedOfOthers = true
    return { type: 'data-approval', id: approvalId, data: asked }
  }

  /** The answer ends where its reader has to do something; the message goes on with what that brings. */
  #waiting(forCaller: boolean): UiChunk[] {
    const isEnd = forCaller || this.#askedOfClient || this.#askedOfOthers
    if (this.#waitsOver > 0) {
      this.#waitsOver -= 1
      this.#askedOfClient = this.#askedOfOthers = false
      return this.#close()
    }
    if (!isEnd) return this.#close()
    return this.#end([{ type: 'finish', finishReason: forCaller || this.#askedOfClient ? 'tool-calls' : 'other' }])
  }

  #end(last: UiChunk[]): UiChunk[] {
    const chunks = this.#close()
    if (this.#step !== 0) chunks.push({ type: 'finish-step' })
    this.#step = 0
    this.#ended = true
    return [...chunks, ...last]
  }
}
