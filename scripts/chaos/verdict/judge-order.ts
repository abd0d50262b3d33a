import type { Effect } from '../ledger.ts'

/** Runs that take turns, in the order in which they were to run: their ids. */
export interface Line {
  name: string
  runIds: readonly string[]
}

/**
 * Each run is over before the next one begins: whatever it had to do was done before the first effect of the next. Only
 * the first effect of a call is held against it, as an attempt that was cut off may act late.
 */
export function judgeOrder(line: Line, effects: ReadonlyMap<string, readonly Effect[]>): string[] {
  const wrong: string[] = []
  let latest: { place: number; runId: string } | undefined
  for (const runId of line.runIds) {
    const made = effects.get(runId) ?? []
    const begun = made[0]
    if (begun && latest && begun.place < latest.place) {
      wrong.push(`${line.name}: run ${runId} began before run ${latest.runId}, which is before it, was over`)
    }
    const firsts = [...Map.groupBy(made, ({ call }) => call).values()].map(([first]) => first?.place ?? 0)
    const over = Math.max(...firsts, latest?.place ?? 0)
    if (latest === undefined || over > latest.place) latest = { place: over, runId }
  }
  return wrong
}

/** What a thread holds: the ids of the runs that its messages are of, in their order, are those of its completed runs. */
export function judgeConversation(
  line: Line,
  messageRunIds: readonly string[],
  completed: ReadonlySet<string>,
): string[] {
  // A question and an answer each.
  const expected = line.runIds.filter(runId => completed.has(runId)).flatMap(runId => [runId, runId])
  const at = expected.findIndex((runId, index) => messageRunIds[index] !== runId)
  if (at < 0 && messageRunIds.length === expected.length) return []
  const place = at < 0 ? expected.length : at
  return [
    `${line.name}: message ${place + 1} is of run ${messageRunIds[place]}, where one of ${expected[place]} belongs`,
  ]
}
