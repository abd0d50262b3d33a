import { join } from 'node:path'
import { startWorker, type WorkerProcess } from '../worker-process.ts'
import type { LoadJob, LoadResult } from './job.ts'

export type LoadGenerator = WorkerProcess<LoadJob, LoadResult>

/** Starts the load generator, kept to one core or (null) not. */
export const startGenerator = (core: number | null): LoadGenerator =>
  startWorker(join(import.meta.dir, 'main.ts'), core)
