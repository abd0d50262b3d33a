import { wallMs } from '../subject.ts'
import type { Share } from './calls.ts'
import { type OurQueue, stopWorker } from './queue.ts'
import { unfinished } from './subject.ts'

const pollMs = 5

/** Works, with others, until nothing is left. */
export async function workAll(
  queue: OurQueue,
  { concurrency, handlerMs }: { concurrency: number; handlerMs: number },
): Promise<Share> {
  let handled = 0
  let handledBefore = 0
  let beganAt = Number.POSITIVE_INFINITY
  const worker = queue.startWorker(
    async () => {
      beganAt = Math.min(beganAt, wallMs())
      handled++
      await Bun.sleep(handlerMs)
    },
    { concurrency },
  )
  // Asks only while there is nothing to do: counting costs, too.
  do {
    do {
      handledBefore = handled
      await Bun.sleep(pollMs)
    } while (handled > handledBefore)
  } while ((await unfinished(queue)) > 0)
  const emptyAt = wallMs()
  await stopWorker(worker)
  return { handled, beganAt, emptyAt }
}
