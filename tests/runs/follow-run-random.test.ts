import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { HintListeners, type HintTopic, LocalNotifier, type Notifier } from '../../src/db/notifier.ts'
import { LeaseLost } from '../../src/queue/abort-reason.ts'
import { RunHub } from '../../src/runs/hub.ts'
import { Recorder } from '../../src/runs/recorder.ts'
import type { Run } from '../../src/runs/run.ts'
import { type Engine, engines } from '../support/database.ts'
import { FactLog } from '../support/fact-log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { noBudgets } from '../support/no-budgets.ts'
import { noOutbox } from '../support/no-outbox.ts'
import { RunReader } from '../support/run-reader.ts'
import { heldRun, readLog } from '../support/runs.ts'
import { answerLost, type Trouble, TroubledDatabase } from '../support/troubled-database.ts'

setDefaultTimeout(60_000)

const seeds: Record<Engine, number> = { sqlite: 40, postgres: 15 }
const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0, cost_usd: 0 }

/** The same numbers for the same seed (mulberry32). */
function seeded(seed: number) {
  let state = seed
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (limit: number) => Math.floor(fraction() * limit),
    chance: (probability: number) => fraction() < probability,
  }
}
type Chance = ReturnType<typeof seeded>

/** Hints from one process to another, some late and some lost. */
class LossyNotifier extends LocalNotifier implements Notifier {
  readonly #listeners = new HintListeners()
  readonly #chance: Chance

  constructor(chance: Chance) {
    super()
    this.#chance = chance
  }

  override publish(topic?: HintTopic, id?: string): void {
    if (topic === undefined || id === undefined || this.#chance.chance(0.3)) return
    let turns = this.#chance.below(4)
    const later = () => {
      if (turns-- > 0) setImmediate(later)
      else this.#listeners.tell(topic, id)
    }
    later()
  }

  /** What the other process hears. */
  get far(): Notifier {
    const { subscribe } = this.#listeners
    const far = new LocalNotifier()
    return Object.assign(far, { subscribe: subscribe.bind(this.#listeners) })
  }
}

const late =
  (turns: number): Trouble =>
  async run => {
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    return run()
  }

describe.each(engines)('readers on %s', engine => {
  const opened = sharedDatabase(engine)

  /** Writes a run while readers come, fall behind and catch up, here and in another process. */
  async function play(seed: number) {
    const chance = seeded(seed)
    const clock = new FakeClock()
    const database = new TroubledDatabase(opened().database)
    const run = await heldRun(database, clock)
    const hints = new LossyNotifier(chance)
    const hubs = [new RunHub(hints), new RunHub(hints.far)] as const
    const facts = new FactLog()
    const recorder = new Recorder({
      budgets: noBudgets,
      database,
      clock,
      hub: hubs[0],
      outbox: noOutbox,
      emit: facts.emit,
    })
    recorder.start()
    const readers = await write(run)
    await recorder.stop()
    return { run, readers, hubs }

    async function write(run: Run) {
      const log = recorder.openLog({ run, attempt: 1, lastSeq: 1 })
      const readers: RunReader[] = []
      let said = ''
      let stored = 1
      hubs[0].watch(run.id, { stored: events => (stored = events.at(-1)?.seq ?? stored), hinted: () => {} })
      const steps: (() => unknown)[] = [
        () => {
          const text = String.fromCharCode(97 + chance.below(26))
          said += text
          log.text(1, text)
        },
        () => log.reasoning(1, '.'),
        () => log.append({ type: 'run.interrupted', data: { attempt: 1, reason: 'x' } }),
        () => chance.chance(0.3) && log.durable(),
        () => new Promise(setImmediate),
        () => readers.length < 12 && join(),
        () => readers[chance.below(readers.length)]?.more(),
        () => readers[chance.below(readers.length)]?.more(),
        () => database.next(chance.chance(0.03) ? answerLost : late(chance.below(5))),
      ]
      const join = () => {
        const hub = hubs[chance.below(2)] ?? hubs[0]
        const room = chance.chance(0.5) ? 1 + chance.below(3) : Number.POSITIVE_INFINITY
        const after = chance.below(stored + 1)
        readers.push(new RunReader({ database, hub }, { id: run.id, status: 'running' }, { after, room }))
      }
      for (let step = 0; step < 300; step++) await steps[chance.below(steps.length)]?.()
      log.append({ type: 'run.completed', data: { output: said, usage } })
      log.update({ status: 'completed', output: said, finishedAt: clock.now() })
      // Lost, where the answer to this very write was lost: it is in the log all the same.
      await log.settle({ kind: 'completed' }).catch(error => expect(error).toBeInstanceOf(LeaseLost))
      return readers
    }
  }

  test('get the exact log, whatever happens in which order', async () => {
    for (let seed = 1; seed <= seeds[engine]; seed++) {
      const { run, readers, hubs } = await play(seed)
      const all = await readLog(opened().database, run)
      expect([seed, all.map(event => event.seq)]).toEqual([seed, all.map((_, index) => index + 1)])
      const said = all.flatMap(event => (event.type === 'text.delta' ? JSON.parse(event.data).text : [])).join('')
      expect([seed, JSON.parse(all.at(-1)?.data ?? '').output]).toEqual([seed, said])
      for (const reader of readers) {
        const ended = reader.ended.then(() => true)
        const turn = () => new Promise<false>(resolve => setImmediate(resolve, false))
        while (!(await Promise.race([ended, turn()]))) {
          reader.more()
          // The last hint may have been lost. A poll would come in two seconds, and do the same.
          for (const hub of hubs) hub.hint(run.id)
        }
        expect([seed, reader.after, reader.events]).toEqual([seed, reader.after, all.slice(reader.after)])
      }
    }
  })
})
