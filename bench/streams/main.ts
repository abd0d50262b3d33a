// The process that reads the streams: takes a job over Bun's IPC and answers with its result.
import type { StreamJob } from './job.ts'
import { readStreams } from './read-streams.ts'

process.on('message', async (job: StreamJob) => {
  try {
    process.send?.(await readStreams(job))
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())
