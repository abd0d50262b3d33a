import type { Service } from '../runtime/service.ts'

/**
 * What processes tell each other: a queue has work, a run has new events, a job is to be cancelled, schedules, settings, webhooks or
 * budgets changed, a worker has room, a job was inserted as another worker's.
 */
export const hintTopics = [
  'queue',
  'run',
  'cancel',
  'schedule',
  'settings',
  'webhook',
  'budget',
  'room',
  'offer',
] as const
export type HintTopic = (typeof hintTopics)[number]
export type HintListener = (id: string) => void

/** A hint that a statement on Postgres may give: it is known when its transaction is committed, and not without. */
export interface CommittedHint {
  channel: string
  text: string
}

/**
 * Hints between processes. A hint may be lost or come twice: whoever listens also polls, so a lost hint costs
 * latency and nothing else (that of an offered job an attempt, too). A process does not hear its own hints.
 */
export interface Notifier extends Service {
  publish(topic: HintTopic, id: string): void
  /** For a statement to give instead of publishing it: one way less. Null where hints do not go by the database. */
  committed(topic: HintTopic, id: string): CommittedHint | null
  /** Returns what ends the subscription. */
  subscribe(topic: HintTopic, listener: HintListener): () => void
}

/** Listeners by topic: what the transports have in common. */
export class HintListeners {
  readonly #byTopic = new Map<HintTopic, Set<HintListener>>(hintTopics.map(topic => [topic, new Set()]))

  subscribe(topic: HintTopic, listener: HintListener): () => void {
    this.#byTopic.get(topic)?.add(listener)
    return () => this.#byTopic.get(topic)?.delete(listener)
  }

  tell(topic: HintTopic, id: string): void {
    for (const listener of this.#byTopic.get(topic) ?? []) listener(id)
  }
}

/** For a process that is alone on its database. */
export class LocalNotifier implements Notifier {
  readonly name = 'notifier'
  start(): void {}
  stop(): void {}
  publish(): void {}
  committed(): null {
    return null
  }
  subscribe(): () => void {
    return () => {}
  }
}
