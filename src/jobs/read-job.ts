import { and, eq } from 'drizzle-orm'
import type { Actor, AppContext } from '../context.ts'
import { notFound } from '../errors.ts'
import { type Job, toJobs } from './job.ts'

/** @throws AppError not_found, also for a job of another tenant */
export async function readJob(
  { database }: Pick<AppContext, 'database'>,
  { tenantId }: Actor,
  id: string,
): Promise<Job> {
  const { jobs } = database.tables
  const rows = await database.orm
    .select()
    .from(jobs)
    .where(and(eq(jobs.id, id), eq(jobs.tenantId, tenantId)))
  const [job] = await toJobs(database, rows)
  if (!job) throw notFound('job', id)
  return job
}
