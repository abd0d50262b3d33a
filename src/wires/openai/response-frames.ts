import type { NewEvent } from '../../runs/event.ts'
import type { Run } from '../../runs/run.ts'
import { storedText } from '../../runs/stored-text.ts'
import type { ResponsePlace } from './response-id.ts'
import {
  type FunctionCallItem,
  notesOf,
  type ResponseState,
  type ResponseStatus,
  responseObject,
} from './response-object.ts'
import { type OpenItem, openMessage, openReasoning } from './response-open-item.ts'
import { Said } from './said.ts'

/** One event of a stream, in the order and with the numbers that its clients demand. */
export type ResponseEvent = { type: string; [field: string]: unknown }

/**
 * A run's log as a response and as the stream of its making, from the events alone. Each answer of the model is a message,
 * with what it has thought before; calls that the caller runs end it. What was told is never taken back: a step that was
 * begun again is told as far as it says the same, and ends the response where it does not.
 */
export class ResponseFrames {
  readonly #run: Run
  readonly #place: ResponsePlace
  readonly #state: ResponseState
  #sequence = 0
  #step = 0
  /** Of the present step; what it has thought is told no more once it speaks. */
  #message: OpenItem | null = null
  #reasoning: OpenItem | null = null
  #hasThought = false
  #finish = ''
  #ended = false

  constructor(run: Run, place: ResponsePlace) {
    this.#run = run
    this.#place = place
    const status = run.status === 'queued' && notesOf(run).background ? 'queued' : 'in_progress'
    this.#state = { status, output: [], error: null, inputTokens: 0, outputTokens: 0 }
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** As it is now: what it holds changes with the next event. */
  response() {
    this.#message?.note()
    this.#reasoning?.note()
    return responseObject(this.#run, this.#place, this.#state)
  }

  /** Before anything that the log says, as server-sent events; only those with a number above `startingAfter`. */
  begin(startingAfter = -1): string {
    const { background } = notesOf(this.#run)
    this.#state.status = background ? 'queued' : 'in_progress'
    const created = [this.#whole('response.created'), ...(background ? [this.#whole('response.queued')] : [])]
    this.#state.status = 'in_progress'
    return this.#frames([...created, this.#whole('response.in_progress')], startingAfter)
  }

  /**
   * What an event of the log tells, as server-sent events; only those with a number above `startingAfter`.
   * @param data as it is stored
   */
  add(type: string, data: string, startingAfter = -1): string {
    if (this.#ended) return ''
    // Most of a log are these: their text is passed on as it is stored.
    const item = type === 'text.delta' ? this.#message : null
    if (item?.said.isAhead && this.#reasoning === null) {
      const piece = storedText(data)
      item.said.add(piece)
      return this.#sequence++ > startingAfter ? item.deltaFrame(this.#sequence - 1, piece) : ''
    }
    return this.#frames(this.#told(type, data), startingAfter)
  }

  #told(type: string, data: string): ResponseEvent[] {
    if (type === 'text.delta') return this.#run.outputSchema ? [] : this.#text(storedText(data))
    if (type === 'reasoning.delta') return this.#think(storedText(data))
    // Safe: events are written by this program alone, in these very shapes.
    const event = { type, data: JSON.parse(data) } as NewEvent
    switch (event.type) {
      case 'run.started':
        this.#state.status = 'in_progress'
        return []
      case 'step.started':
        if (event.data.kind === 'model') this.#begin(event.data.step)
        return []
      case 'step.completed':
        return event.data.kind === 'model' ? this.#completed(event.data) : []
      case 'run.waiting':
        if (event.data.tool_calls.length === 0) return []
        return [...event.data.tool_calls.flatMap(call => this.#call(call)), this.#end('completed')]
      case 'run.completed': {
        const { output } = event.data
        const whole = () => this.#text(JSON.stringify(JSON.stringify(output)).slice(1, -1))
        return [
          ...(this.#run.outputSchema ? [...whole(), ...this.#close()] : []),
          this.#end(this.#finish === 'length' ? 'incomplete' : 'completed'),
        ]
      }
      case 'run.failed':
        return [...this.#close(), this.#end('failed', event.data.error)]
      case 'run.cancelled':
        return [...this.#close(), this.#end('cancelled', { code: 'cancelled', message: event.data.reason })]
      default:
        return []
    }
  }

  #begin(step: number): void {
    if (step === this.#step) {
      this.#message?.said.restart()
      this.#reasoning?.said.restart()
      return
    }
    this.#step = step
    this.#message = null
    this.#reasoning = null
    this.#hasThought = false
  }

  #text(piece: string): ResponseEvent[] {
    const events = this.#closeReasoning()
    this.#message ??= this.#open(openMessage, events)
    const news = this.#message.said.add(piece)
    if (news === null) {
      const message = 'The answer was begun again, and is another one now.'
      return [...events, ...this.#close(), this.#end('failed', { code: 'server_error', message })]
    }
    return news === '' ? events : [...events, this.#message.delta(news)]
  }

  #think(piece: string): ResponseEvent[] {
    if (this.#message !== null || (this.#hasThought && this.#reasoning === null)) return []
    const events: ResponseEvent[] = []
    this.#reasoning ??= this.#open(openReasoning, events)
    this.#hasThought = true
    const news = this.#reasoning.said.add(piece)
    // It thinks something else this time: what matters is what it says.
    if (news === null) return [...events, ...this.#closeReasoning()]
    return news === '' ? events : [...events, this.#reasoning.delta(news)]
  }

  #open(make: typeof openMessage, events: ResponseEvent[]): OpenItem {
    const { output } = this.#state
    const opened = make(
      { suffix: `${this.#run.id.slice('run_'.length)}_${this.#step}`, index: output.length },
      new Said(),
    )
    output.push(opened.item)
    events.push(...opened.begin())
    return opened
  }

  #completed({
    usage,
    finish_reason,
  }: {
    usage: { input_tokens: number; output_tokens: number }
    finish_reason: string
  }) {
    this.#state.inputTokens += usage.input_tokens
    this.#state.outputTokens += usage.output_tokens
    this.#finish = finish_reason
    return this.#close()
  }

  #close(): ResponseEvent[] {
    const events = [...this.#closeReasoning(), ...(this.#message?.end() ?? [])]
    this.#message = null
    return events
  }

  #closeReasoning(): ResponseEvent[] {
    const events = this.#reasoning?.end() ?? []
    this.#reasoning = null
    return events
  }

  #call({ step, tool_call_id, name, input }: { step: number; tool_call_id: string; name: string; input: unknown }) {
    const whole = typeof input === 'string' ? input : JSON.stringify(input)
    const call: FunctionCallItem = {
      id: `fc_${this.#run.id.slice('run_'.length)}_${step}`,
      type: 'function_call',
      status: 'in_progress',
      call_id: tool_call_id,
      name,
      arguments: '',
    }
    const output_index = this.#state.output.push(call) - 1
    const added = { type: 'response.output_item.added', output_index, item: { ...call } }
    const at = { item_id: call.id, output_index }
    call.arguments = whole
    call.status = 'completed'
    return [
      added,
      { type: 'response.function_call_arguments.delta', ...at, delta: whole },
      { type: 'response.function_call_arguments.done', ...at, name, arguments: whole },
      { type: 'response.output_item.done', output_index, item: { ...call } },
    ]
  }

  #end(status: ResponseStatus, error: ResponseState['error'] = null): ResponseEvent {
    this.#ended = true
    this.#state.status = status
    this.#state.error = error
    // There is no event for what was cancelled.
    return this.#whole(`response.${status === 'cancelled' ? 'failed' : status}`)
  }

  #whole(type: string): ResponseEvent {
    return { type, response: this.response() }
  }

  #frames(events: ResponseEvent[], startingAfter: number): string {
    let text = ''
    for (const { type, ...fields } of events) {
      const sequence_number = this.#sequence++
      if (sequence_number <= startingAfter) continue
      text += `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`
    }
    return text
  }
}
