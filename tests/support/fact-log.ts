import type { FactListener, FactName, Facts } from '../../src/telemetry/facts.ts'

interface Told<N extends FactName = FactName> {
  name: N
  data: Facts[N]
}

/** Keeps what the core says has happened, and lets a test wait for it. */
export class FactLog {
  readonly #told: Told[] = []
  #heard = Promise.withResolvers<void>()

  readonly emit: FactListener = (name, data) => {
    this.#told.push({ name, data })
    this.#heard.resolve()
    this.#heard = Promise.withResolvers()
  }

  all<N extends FactName>(name: N): Facts[N][] {
    return this.#told.flatMap(fact => (is(fact, name) ? [fact.data] : []))
  }

  /** Resolves with the first of these facts, also one of the past, that is as wanted. */
  async until<N extends FactName>(name: N, wanted: (data: Facts[N]) => boolean = () => true): Promise<Facts[N]> {
    for (let next = 0; ; ) {
      for (; next < this.#told.length; next++) {
        const fact = this.#told[next]
        if (fact && is(fact, name) && wanted(fact.data)) return fact.data
      }
      await this.#heard.promise
    }
  }
}

const is = <N extends FactName>(fact: Told, name: N): fact is Told<N> => fact.name === name
