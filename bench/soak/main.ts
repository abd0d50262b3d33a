// The generator of mixed traffic as a process of its own: takes jobs over Bun's IPC and answers each with its result.
import { generateTraffic } from './generate.ts'
import type { SoakJob } from './job.ts'

process.on('message', async (job: SoakJob) => {
  try {
    process.send?.(await generateTraffic(job))
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())
