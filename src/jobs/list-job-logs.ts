import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { type LogLine, type LogPlace, readJobLogs } from '../queue/sql/job-logs.ts'
import { readJob } from './read-job.ts'

/** Lines of a job's log in the order of its attempts. @throws AppError not_found */
export async function listJobLogs(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  id: string,
  { after, limit }: { after: LogPlace | null; limit: number },
): Promise<LogLine[]> {
  await readJob(app, actor, id)
  return readJobLogs(app.database, id, after, limit)
}

/** A place in a log as clients have it: `2.15`, the fifteenth line of the second attempt. */
export const writePlace = ({ attempt, line }: LogPlace): string => `${attempt}.${line}`

/** @throws AppError invalid_cursor */
export function readPlace(text: string | undefined): LogPlace | null {
  if (text === undefined) return null
  const [, attempt, line] = /^(\d{1,9})\.(\d{1,9})$/.exec(text) ?? []
  if (attempt === undefined || line === undefined) {
    throw new AppError('invalid_cursor', 'A place in a log is an attempt and a line, such as 1.20.')
  }
  return { attempt: Number(attempt), line: Number(line) }
}
