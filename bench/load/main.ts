// The load generator as a process of its own: takes jobs over Bun's IPC and answers each with its result. It lives as
// long as the bench that started it.
import { generateLoad } from './generate.ts'
import type { LoadJob } from './job.ts'

process.on('message', async (job: LoadJob) => {
  try {
    process.send?.(await generateLoad(job))
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())
