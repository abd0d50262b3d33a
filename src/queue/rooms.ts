import type { Notifier } from '../db/notifier.ts'
import type { Service } from '../runtime/service.ts'
import type { HandOff } from './hand-off.ts'
import type { NewJob } from './job.ts'

/** A job that is offered is leased for so long: whoever takes it has to renew that, and one that nobody takes is rescued. */
export const offeredLeaseMs = 5_000
/** A worker that has said nothing for so long is forgotten. They say it again in a third of that. */
export const roomHoldsMs = 30_000
/** One that has not answered for so long gets no more until it answers: it may be dead, or hear no hints. */
const answerMs = 100
/** Then it is tried with one again. */
const tryAgainMs = 600_000
/** So many may be unanswered, and be kept from others if it is dead. */
const unansweredAtMost = 8

interface Room {
  worker: string
  /** Jobs that it would take. */
  places: number
  saidAt: number
  /** Offers since it last answered one, and when the first of them was made. */
  unanswered: number
  firstAt: number
}

/** What a worker says of itself: its id, how many jobs it would take, whether that answers an offer, and its queue. */
export const roomHint = (room: { worker: string; places: number; answers: boolean; queue: string }): string =>
  `${room.worker} ${room.places} ${room.answers ? 'answers' : 'says'} ${room.queue}`

/** To whom a job was given, and its id. */
export const offerHint = (worker: string, jobId: string): string => `${worker} ${jobId}`

/**
 * Which workers of other processes have room, as far as they say. A lone job is inserted as the job of one of them, which is
 * told: it has nothing left to write before it begins.
 */
export class Rooms implements Service {
  readonly name = 'rooms'
  readonly #notifier: Notifier
  readonly #byQueue = new Map<string, Map<string, Room>>()
  readonly #now: () => number
  #unsubscribe: (() => void) | undefined

  constructor(notifier: Notifier, now: () => number = () => performance.now()) {
    this.#notifier = notifier
    this.#now = now
  }

  start(): void {
    this.#unsubscribe = this.#notifier.subscribe('room', text => this.#note(text))
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#byQueue.clear()
  }

  /** Null where nobody is known to have room. */
  reserve({ id, queue }: Pick<NewJob, 'id' | 'queue'>): HandOff | null {
    const now = this.#now()
    const rooms = this.#byQueue.get(queue)
    for (const room of rooms?.values() ?? []) {
      if (!hasRoom(room, now)) continue
      // The next job is for the next one.
      rooms?.delete(room.worker)
      rooms?.set(room.worker, room)
      if (room.unanswered++ === 0 || now - room.firstAt >= tryAgainMs) room.firstAt = now
      const hint = offerHint(room.worker, id)
      return {
        fields: { handOffTo: room.worker, handOffUnlessWaiting: true },
        leaseMs: offeredLeaseMs,
        // Commits with a hint wait for each other, also for the disk: none of many.
        hint: room.unanswered === 1 ? this.#notifier.committed('offer', hint) : null,
        begin: (_job, told) => {
          if (!told) this.#notifier.publish('offer', hint)
        },
        release: () => {
          room.unanswered = Math.max(0, room.unanswered - 1)
        },
      }
    }
    return null
  }

  #note(text: string): void {
    const [worker = '', places, how, ...name] = text.split(' ')
    const queue = name.join(' ')
    const saidAt = this.#now()
    const rooms = this.#byQueue.get(queue) ?? new Map<string, Room>()
    for (const [id, room] of rooms) if (saidAt - room.saidAt > roomHoldsMs) rooms.delete(id)
    // The same one as before: whoever has reserved a place gives it back to this.
    const room = rooms.get(worker) ?? { worker, places: 0, saidAt, unanswered: 0, firstAt: 0 }
    room.places = Number(places) || 0
    room.saidAt = saidAt
    if (how === 'answers') room.unanswered = 0
    rooms.set(worker, room)
    this.#byQueue.set(queue, rooms)
  }
}

function hasRoom({ places, saidAt, unanswered, firstAt }: Room, now: number): boolean {
  if (now - saidAt > roomHoldsMs || places === 0) return false
  if (unanswered > 0 && now - firstAt >= answerMs) return now - firstAt >= tryAgainMs
  return unanswered < Math.min(places, unansweredAtMost)
}
