import { EventReader, isTerminal } from '../lifecycle/event-reader.ts'
import type { Service } from '../support/service.ts'

/** What a browser waits by itself before it connects again, where no server has said how long. */
const ownRetryMs = 3_000

/** A client that follows a run to its end, through whatever it is told to come back to. */
export interface Following {
  reader: EventReader
  /** For each time its stream ended too early: milliseconds until the next one was there. */
  gapsMs: number[]
  /** What a client should not have to see. */
  troubles: string[]
  /** Resolves after the last event. */
  done: Promise<void>
}

/** Resolves when it is connected. It comes back after the pause it was asked for, to go on from where it was. */
export async function follow(through: Pick<Service, 'request'>, runId: string): Promise<Following> {
  const reader = new EventReader(runId)
  const gapsMs: number[] = []
  const troubles: string[] = []
  const again = async (): Promise<Connection> => {
    for (;;) {
      await Bun.sleep(reader.retryMs ?? ownRetryMs)
      try {
        return await reader.connect(through)
      } catch (error) {
        troubles.push(`refused: ${error}`)
      }
    }
  }
  const toTheEnd = async (connection: Connection) => {
    for (let { over } = connection; ; ) {
      if ((await over) === 'broken') troubles.push('a stream broke')
      if (reader.frames.some(isTerminal)) return
      const since = performance.now()
      ;({ over } = await again())
      gapsMs.push(performance.now() - since)
    }
  }
  return { reader, gapsMs, troubles, done: toTheEnd(await reader.connect(through)) }
}

type Connection = Awaited<ReturnType<EventReader['connect']>>
