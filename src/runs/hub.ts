import type { Notifier } from '../db/notifier.ts'
import type { RunEvent } from './event.ts'
import type { Run } from './run.ts'

/** Someone in this process who follows a run. */
export interface Watcher {
  /** Events that have just been stored, in order, and the run as it is with them. */
  stored(events: RunEvent[], run: Run): void
  /** Another process says that there may be more to read. */
  hinted(): void
}

/** Tells this process's readers, and by hints those of other processes, what has been stored. */
export class RunHub {
  readonly #notifier: Notifier
  readonly #watchers = new Map<string, Set<Watcher>>()

  constructor(notifier: Notifier) {
    this.#notifier = notifier
    notifier.subscribe('run', runId => this.#each(runId, watcher => watcher.hinted()))
  }

  /** Returns what ends the watch. */
  watch(runId: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(runId) ?? new Set()
    this.#watchers.set(runId, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#watchers.get(runId) === watchers) this.#watchers.delete(runId)
    }
  }

  publish(run: Run, events: RunEvent[]): void {
    this.#each(run.id, watcher => watcher.stored(events, run))
    this.#notifier.publish('run', run.id)
  }

  /** Something was written about the run elsewhere: whoever follows it has to look. */
  hint(runId: string): void {
    this.#each(runId, watcher => watcher.hinted())
    this.#notifier.publish('run', runId)
  }

  #each(runId: string, tell: (watcher: Watcher) => void): void {
    const watchers = this.#watchers.get(runId)
    if (watchers) for (const watcher of watchers) tell(watcher)
  }
}
