import type { Effect } from '../ledger.ts'
import type { Store } from '../store.ts'
import type { OfferedBursts } from '../work/bursts.ts'
import type { Offered, Promised } from '../work/offer.ts'
import type { OfferedJobs } from '../work/offer-jobs.ts'
import type { Planned } from '../work/schedules.ts'
import { countJobs, judgeJobs, readJobs } from './jobs.ts'
import { countBursts, judgeBursts } from './judge-bursts.ts'
import { judgeOccurrences } from './judge-occurrences.ts'
import { judgeConversation, judgeOrder, type Line } from './judge-order.ts'
import { type Expected, expectedOf, isCut, judgeRun } from './judge-run.ts'
import { judgeStream } from './judge-stream.ts'
import {
  type OccurrenceRecord,
  type RecordedRun,
  type RunRecord,
  readLeftovers,
  readOccurrences,
  readRuns,
} from './records.ts'

export interface Evidence {
  store: Store
  offered: Offered
  offeredJobs: OfferedJobs
  offeredBursts: OfferedBursts
  schedules: Planned[]
  pausedAt: number
  /** By run or job. */
  effects: Map<string, Effect[]>
}

export interface Verdict {
  wrong: string[]
  counts: [name: string, count: number][]
}

/** Holds what is in the database, the ledger and the readers' hands against what was promised. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const { store, offered, offeredJobs, offeredBursts, schedules, pausedAt, effects } = evidence
  const occurrences = await readOccurrences(store)
  const court = new Court(evidence, occurrences)
  for await (const recorded of readRuns(store)) court.hear(recorded)

  const { runs, wrong } = court
  for (const { runId, piece } of offered.promised) {
    if (!runs.has(runId)) wrong.push(`${piece.key} was promised run ${runId}, which is not there`)
  }
  const jobs = await readJobs(store)
  wrong.push(...judgeJobs({ store, jobs, offered: offeredJobs, effects }), ...offeredJobs.troubles)
  wrong.push(...judgeBursts(offeredBursts, effects))
  for (const [id, [first]] of effects) {
    if (!runs.has(id) && !jobs.has(id) && first?.brief !== true)
      wrong.push(`there is an effect of ${id}, which is not there`)
  }
  const bySchedule = Map.groupBy(occurrences, ({ scheduleId }) => scheduleId)
  for (const schedule of schedules) {
    const own = bySchedule.get(schedule.id) ?? []
    wrong.push(
      ...judgeOccurrences({ schedule, occurrences: own, runs, pausedAt, oneClock: store.engine === 'postgres' }),
    )
    if (schedule.overlap === 'queue') {
      const runIds = own.flatMap(({ runId }) => runId ?? [])
      wrong.push(...judgeOrder({ name: `schedule ${schedule.name}`, runIds }, effects))
    }
  }
  wrong.push(...(await judgeThreads(evidence, runs)), ...(await readLeftovers(store)), ...offered.troubles)
  return {
    wrong,
    counts: [
      ...court.counts(),
      ...countJobs(jobs, effects),
      ...countBursts(offeredBursts, effects),
      ['occurrences', occurrences.length],
    ],
  }
}

class Court {
  readonly runs = new Map<string, RunRecord>()
  readonly wrong: string[] = []
  readonly #evidence: Evidence
  readonly #promised: Map<string, Promised>
  readonly #scheduled: Map<string, Planned | undefined>
  readonly #followed: Map<string, Offered['followed'][number]>
  readonly #keys = new Set<string>()
  readonly #tally = new Map<string, number>()

  constructor(evidence: Evidence, occurrences: OccurrenceRecord[]) {
    this.#evidence = evidence
    const { offered, schedules } = evidence
    this.#promised = new Map(offered.promised.map(promised => [promised.runId, promised]))
    this.#followed = new Map(offered.followed.map(followed => [followed.runId, followed]))
    const byId = new Map(schedules.map(schedule => [schedule.id, schedule]))
    this.#scheduled = new Map(
      occurrences.flatMap(({ runId, scheduleId }) => (runId === null ? [] : [[runId, byId.get(scheduleId)] as const])),
    )
  }

  hear(recorded: RecordedRun): void {
    const { run, events } = recorded
    this.runs.set(run.id, run)
    const effects = this.#evidence.effects.get(run.id) ?? []
    const followed = this.#followed.get(run.id)
    const wrong = [
      ...this.#judgeOrigin(run),
      ...judgeRun(recorded, effects, this.#expected(run)),
      ...(followed ? judgeStream(followed, events) : []),
    ]
    this.wrong.push(...wrong.map(text => `run ${run.id}${run.key === null ? '' : ` (${run.key})`}: ${text}`))
    this.#count(`runs ${run.status}`, 1)
    this.#count('run effects', effects.length)
    this.#count('run effects repeated after a cut', effects.length - new Set(effects.map(({ call }) => call)).size)
    this.#count('events', events.length)
    for (const event of events.filter(isCut)) this.#count(`attempts ended by ${reasonOf(event.data)}`, 1)
    if (followed) {
      this.#count('streams followed', 1)
      this.#count('stream connections', followed.connections)
    }
  }

  counts(): [string, number][] {
    return [...this.#tally].sort(([a], [b]) => a.localeCompare(b))
  }

  /** Each run is of one piece or of one occurrence. */
  #judgeOrigin(run: RunRecord): string[] {
    if (this.#scheduled.has(run.id)) return []
    if (run.key === null || this.#keys.has(run.key)) return ['nobody has asked for it, or it is one too many']
    this.#keys.add(run.key)
    // Nobody was told of it, and nobody was told that there is none.
    if (this.#promised.has(run.id) || this.#evidence.offered.unsure.has(run.key)) return []
    return ['whoever asked for it was told of another one, or of none']
  }

  #expected(run: RunRecord): Expected {
    const promised = this.#promised.get(run.id)
    if (promised) {
      const expected = expectedOf(promised.piece, promised.askedAt)
      return this.#evidence.store.engine === 'postgres' ? expected : { ...expected, notBefore: null }
    }
    const cancels = this.#scheduled.get(run.id)?.overlap === 'cancel_previous'
    return { status: cancels ? ['completed', 'cancelled'] : ['completed'], calls: [], notBefore: null }
  }

  #count(name: string, count: number): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + count)
  }
}

function reasonOf(data: string): string {
  const { reason }: { reason: string } = JSON.parse(data)
  if (reason.includes('lost its lease')) return 'the loss of their process or lease'
  return reason === 'shutdown' ? 'a shutdown' : reason.startsWith('The play says') ? 'the model, as planned' : reason
}

async function judgeThreads(
  { store, offered, effects }: Evidence,
  runs: ReadonlyMap<string, RunRecord>,
): Promise<string[]> {
  const wrong: string[] = []
  for (const [number, threadId] of offered.threads.entries()) {
    const own = offered.promised.filter(({ piece }) => piece.thread === number).sort((a, b) => a.place - b.place)
    const line: Line = { name: `thread ${number}`, runIds: own.map(({ runId }) => runId) }
    const messages = await store.rows<{ run_id: string }>(
      `select run_id from messages where thread_id = '${threadId}' order by position`,
    )
    const completed = new Set(line.runIds.filter(runId => runs.get(runId)?.status === 'completed'))
    wrong.push(...judgeOrder(line, effects))
    wrong.push(
      ...judgeConversation(
        line,
        messages.map(({ run_id }) => run_id),
        completed,
      ),
    )
  }
  return wrong
}
