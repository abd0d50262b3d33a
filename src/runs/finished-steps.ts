import type { FinishedStep, ModelStep, ToolStep } from '../agents/step.ts'
import type { Connection } from '../db/database.ts'
import { readEvents } from './read-events.ts'

const pageSize = 500

/** What earlier attempts of a run have finished, from its log: results to use, and the number to write on from. */
export async function readFinishedSteps(
  connection: Pick<Connection, 'dialect' | 'query'>,
  runId: string,
): Promise<{ finished: FinishedStep[]; lastSeq: number }> {
  const finished: FinishedStep[] = []
  let lastSeq = 0
  for (;;) {
    const events = await readEvents(connection, runId, lastSeq, pageSize)
    for (const event of events) {
      lastSeq = event.seq
      // This process's step loop, or an earlier one's, wrote both.
      if (event.type === 'step.completed') {
        const step: ModelStep | { kind: 'tool' } = JSON.parse(event.data)
        if (step.kind === 'model') finished.push(step)
      } else if (event.type === 'tool.result') {
        const result: Omit<ToolStep, 'kind'> = JSON.parse(event.data)
        finished.push({ ...result, kind: 'tool' })
      }
    }
    if (events.length < pageSize) break
  }
  // Tools run side by side: they end in any order, and are told to the model in the order in which it asked.
  return { finished: finished.sort((a, b) => a.step - b.step), lastSeq }
}
