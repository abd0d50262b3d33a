import { describe, expect, test } from 'bun:test'
import { HintListeners, type Notifier } from '../db/notifier.ts'
import { offeredLeaseMs, Rooms, roomHint } from './rooms.ts'

/** What workers of other processes say is said here, and what is offered to them is kept. */
class Hints extends HintListeners implements Notifier {
  readonly name = 'notifier'
  readonly offers: string[] = []
  start(): void {}
  stop(): void {}
  committed(topic: string, text: string) {
    return { channel: topic, text }
  }
  publish(topic: string, text: string): void {
    if (topic === 'offer') this.offers.push(text)
  }
}

function makeRooms() {
  const hints = new Hints()
  let now = 1_000
  const rooms = new Rooms(hints, () => now)
  rooms.start()
  return {
    rooms,
    hints,
    say: (worker: string, places: number, queue = 'mail') =>
      hints.tell('room', roomHint({ worker, places, answers: false, queue })),
    answer: (worker: string, places: number) =>
      hints.tell('room', roomHint({ worker, places, answers: true, queue: 'mail' })),
    to: (queue = 'mail') => rooms.reserve({ id: 'job_1', queue })?.fields.handOffTo ?? null,
    advance: (ms: number) => {
      now += ms
    },
  }
}

const job = {
  id: 'job_1',
  tenantId: 'a',
  queue: 'mail',
  kind: 'k',
  payload: {},
  attempt: 1,
  maxAttempts: 3,
  ordered: false,
}

describe('the rooms of other processes', () => {
  test('are unknown until a worker of the queue says that it has some', () => {
    const { say, to } = makeRooms()
    expect(to()).toBeNull()
    say('wrk_a', 3, 'mail at night')
    expect([to(), to('mail at night')]).toEqual([null, 'wrk_a'])
    say('wrk_a', 0, 'mail at night')
    expect(to('mail at night')).toBeNull()
  })

  test('are taken in turns, and no worker is offered more than it has places for', () => {
    const { say, answer, to } = makeRooms()
    say('wrk_a', 2)
    say('wrk_b', 1)
    expect([to(), to(), to(), to()]).toEqual(['wrk_a', 'wrk_b', 'wrk_a', null])
    answer('wrk_b', 1)
    expect([to(), to()]).toEqual(['wrk_b', null])
  })

  test('hold few jobs of a worker that has died, and are forgotten when it says nothing', () => {
    const { say, answer, to, advance } = makeRooms()
    say('wrk_dead', 500)
    expect(Array.from({ length: 9 }, () => to())).toEqual([...Array.from({ length: 8 }, () => 'wrk_dead'), null])
    answer('wrk_dead', 500)
    expect(to()).toBe('wrk_dead')
    advance(100)
    expect(to()).toBeNull()
    answer('wrk_dead', 500)
    advance(30_001)
    expect(to()).toBeNull()
  })

  test('of a worker that says much and hears nothing are tried once in ten minutes', () => {
    const { say, answer, to, advance } = makeRooms()
    say('wrk_deaf', 5)
    expect(to()).toBe('wrk_deaf')
    for (let rest = 600_000; rest > 0; rest -= 10_000) {
      advance(10_000)
      say('wrk_deaf', 5)
      if (rest > 10_000) expect(to()).toBeNull()
    }
    expect(to()).toBe('wrk_deaf')
    advance(100)
    expect(to()).toBeNull()
    answer('wrk_deaf', 5)
    expect([to(), to()]).toEqual(['wrk_deaf', 'wrk_deaf'])
  })

  test('tell the worker once its job is on disk, and are given back where it is not its job', () => {
    const { rooms, hints, say, to, advance } = makeRooms()
    say('wrk_a', 1)
    const given = rooms.reserve(job)
    expect(given).toMatchObject({
      fields: { handOffUnlessWaiting: true },
      leaseMs: offeredLeaseMs,
      hint: { text: 'wrk_a job_1' },
    })
    say('wrk_a', 1)
    given?.release()
    advance(200)
    const kept = rooms.reserve(job)
    expect(hints.offers).toEqual([])
    kept?.begin(job, true)
    expect(hints.offers).toEqual([])
    kept?.begin(job, false)
    expect(hints.offers).toEqual(['wrk_a job_1'])
    expect(to()).toBeNull()
  })

  test('hear of one job by its commit, and of more that come at once by themselves', () => {
    const { rooms, say } = makeRooms()
    say('wrk_a', 9)
    const hint = { channel: 'offer', text: 'wrk_a job_1' }
    expect([rooms.reserve(job), rooms.reserve(job)].map(given => given?.hint)).toEqual([hint, null])
  })

  test('are forgotten when it stops', () => {
    const { rooms, say, to } = makeRooms()
    say('wrk_a', 1)
    rooms.stop()
    say('wrk_a', 1)
    expect(to()).toBeNull()
  })
})
