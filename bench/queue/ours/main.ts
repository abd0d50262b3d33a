// Our queue as a process of its own: what is asked of every subject, and what is asked of this one alone.
import { serve } from '../remote.ts'
import { subjectCalls } from '../serve-subject.ts'
import type { OurCalls } from './calls.ts'
import { claims, workSome } from './claims.ts'
import { fairness } from './fairness.ts'
import { empty, fill } from './fill.ts'
import { type OurOptions, openQueue } from './queue.ts'
import { steady } from './steady.ts'
import { enqueue, ourSubject, tidy } from './subject.ts'
import { workAll } from './work-all.ts'

// Safe: subjects.ts wrote it.
const options = JSON.parse(process.argv[2] ?? '{}') as OurOptions
const queue = await openQueue(options)

serve<OurCalls>({
  ...subjectCalls(ourSubject(queue)),
  enqueue: async ({ jobs, batch }) => {
    await enqueue(queue, jobs, batch)
    return null
  },
  tidy: async () => {
    await tidy(queue)
    return null
  },
  empty: async () => {
    await empty(queue)
    return null
  },
  fill: async input => {
    await fill(queue, input)
    return null
  },
  fairness: input => fairness(queue, input),
  claims: input => claims(queue, input),
  workSome: input => workSome(queue, input),
  workAll: input => workAll(queue, input),
  steady: input => steady(queue, input),
})
