import type { Json } from '../json.ts'
import type { ToolContext } from './define.ts'
import type { StepLoopInput } from './step-loop.ts'
import type { GatedCall } from './tool-gate.ts'

/** A part of a call began in an earlier try and has left no result. */
class PartInDoubt extends Error {
  override readonly name = 'PartInDoubt'
}

/** The parts of one call that its tool has happen at most once. Each is on disk before it begins, and when it is done. */
export class OnceParts {
  readonly #input: Pick<StepLoopInput, 'log' | 'history'>
  readonly #call: GatedCall
  readonly #open = new Set<string>()
  /** Results of this try, and of its parts that are under way. */
  readonly #made = new Map<string, Promise<Json>>()
  /** The call has come to a part of which nobody knows whether it has happened: its result does not count. */
  isInDoubt = false

  constructor(input: Pick<StepLoopInput, 'log' | 'history'>, call: GatedCall) {
    this.#input = input
    this.#call = call
  }

  /** A part is under way. */
  get isOpen(): boolean {
    return this.#open.size > 0
  }

  readonly once: ToolContext['once'] = async <T>(key: string, make: () => T | Promise<T>): Promise<T> => {
    if (key === '' || key.length > 200) throw new TypeError('The key of a part must have 1 to 200 characters.')
    const made = this.#made.get(key) ?? this.#perform(key, make)
    this.#made.set(key, made)
    // Safe: a key stands for one part of one tool, so what was stored under it is what `make` once returned.
    return (await made) as T
  }

  async #perform(key: string, make: () => unknown): Promise<Json> {
    const history = this.#input.history.get(this.#call.step)
    const earlier = history?.parts.get(key)
    if (earlier?.result !== undefined) return earlier.result
    if (earlier && earlier.seq > (history?.decided?.seq ?? 0)) {
      this.isInDoubt = true
      throw new PartInDoubt(`Whether "${key}" has happened is not known.`)
    }
    await this.#append(key, { state: 'begun' })
    this.#open.add(key)
    const result: Json = JSON.parse(JSON.stringify((await make()) ?? null))
    await this.#append(key, { state: 'done', result })
    this.#open.delete(key)
    return result
  }

  #append(key: string, state: { state: 'begun' } | { state: 'done'; result: Json }): Promise<void> {
    const { step, toolCallId } = this.#call
    this.#input.log.append({ type: 'tool.effect', data: { step, tool_call_id: toolCallId, key, ...state } })
    return this.#input.log.durable()
  }
}
