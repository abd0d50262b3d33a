import type { FactListener } from '../../telemetry/facts.ts'
import { type ModelChoice, modelLabels } from './choice.ts'

/** So many calls of a provider have to fail one after the other, of those that another try may mend. */
const opensAfter = 5
const openForMs = 30_000
/** For how long one call alone tries whether a provider is back. */
const trialMs = 10_000

interface Circuit {
  failures: number
  /** Until then it is asked last; 0: it is closed. */
  openUntil: number
}

/**
 * Which providers answer nobody at present, as this process has seen. It decides the order in which an agent's models are
 * asked; an agent with one model asks that.
 */
export class ModelCircuits {
  readonly #circuits = new Map<string, Circuit>()
  readonly #now: () => number
  readonly #emit: FactListener

  constructor({ now, emit }: { now(): number; emit: FactListener }) {
    this.#now = now
    this.#emit = emit
  }

  /** Those whose provider answers first, each in the order of the agent. */
  order(choices: readonly ModelChoice[]): readonly ModelChoice[] {
    if (choices.length < 2 || this.#circuits.size === 0) return choices
    const now = this.#now()
    const isAway = ({ model }: ModelChoice) => (this.#circuits.get(modelLabels(model).provider)?.openUntil ?? 0) > now
    const ordered = [...choices.filter(choice => !isAway(choice)), ...choices.filter(isAway)]
    const [first] = ordered
    const circuit = first && this.#circuits.get(modelLabels(first.model).provider)
    // This call tries; others keep to what answers until it has.
    if (circuit && circuit.openUntil > 0 && circuit.openUntil <= now) circuit.openUntil = now + trialMs
    return ordered
  }

  /** A call has been answered, or refused for what was asked. */
  answered(provider: string): void {
    const circuit = this.#circuits.get(provider)
    if (!circuit) return
    this.#circuits.delete(provider)
    if (circuit.openUntil > 0) this.#emit('model.circuit', { provider, state: 'closed' })
  }

  failed(provider: string): void {
    const circuit = this.#circuits.get(provider) ?? { failures: 0, openUntil: 0 }
    this.#circuits.set(provider, circuit)
    circuit.failures++
    if (circuit.failures < opensAfter && circuit.openUntil === 0) return
    if (circuit.openUntil === 0) this.#emit('model.circuit', { provider, state: 'open' })
    circuit.openUntil = this.#now() + openForMs
  }
}
