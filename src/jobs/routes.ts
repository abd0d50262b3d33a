import { t } from 'elysia'
import type { HttpContext } from '../context.ts'
import { controller, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { RetryBody } from './body.ts'
import { cancelJob } from './cancel-job.ts'
import { cancelledJob, jobExample, retriedJob } from './examples.ts'
import { listJobLogs, readPlace, writePlace } from './list-job-logs.ts'
import { listJobs } from './list-jobs.ts'
import { readJob } from './read-job.ts'
import { retryJob } from './retry-job.ts'
import { retryJobs } from './retry-jobs.ts'
import {
  JobObject,
  JobStateSchema,
  jobList,
  jobToWire,
  LogLineObject,
  logLineToWire,
  RetriedObject,
  retriedToWire,
} from './wire.ts'

const params = t.Object({ id: t.String({ description: 'Id of the job.', examples: [jobExample.id] }) })

/** `/v1/jobs`: what is on the queues, and what has become of it. */
export const jobRoutes = (app: HttpContext) =>
  controller('Jobs', '/v1/jobs')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor, order_key: orderKey, ...filter } }) => {
        const before = decodeCursor(cursor, jobList)
        const { jobs, lookedTo } = await listJobs(app, actor, { ...filter, orderKey }, { before, limit: limit + 1 })
        return toPage(jobs, limit, jobList, jobToWire, lookedTo)
      },
      {
        scope: 'jobs:read',
        query: t.Object(
          {
            limit: limitParam,
            cursor: cursorParam,
            queue: t.Optional(t.String({ maxLength: 255, description: 'Only jobs on this queue.' })),
            kind: t.Optional(t.String({ maxLength: 255, description: 'Only jobs of this kind.' })),
            state: t.Optional(JobStateSchema),
            order_key: t.Optional(t.String({ maxLength: 512, description: 'Only jobs with this order key.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: page(JobObject) },
        detail: {
          operationId: 'listJobs',
          summary: 'List jobs',
          description:
            'The newest first. Where few of very many fit, a page may have fewer than `limit`, or none, although more follow: go by `has_more`.',
        },
      },
    )
    .post(
      '/retry',
      async ({ actor, body, request }) => retriedToWire(await retryJobs(app, withRequest(actor, request), body)),
      {
        scope: 'jobs:write',
        body: RetryBody,
        response: { 200: RetriedObject },
        detail: {
          operationId: 'retryJobs',
          summary: 'Try many jobs again',
          description: 'Discarded ones of a queue or of a kind, or those with these ids. Call it again for the next.',
        },
      },
    )
    .get('/:id', async ({ actor, params }) => jobToWire(await readJob(app, actor, params.id)), {
      scope: 'jobs:read',
      params,
      response: { 200: JobObject },
      detail: {
        operationId: 'readJob',
        summary: 'Read a job',
        description: 'As it is now, with what became of its attempts.',
      },
    })
    .get(
      '/:id/logs',
      async ({ actor, params, query: { limit = 50, after } }) => {
        const place = readPlace(after)
        const lines = await listJobLogs(app, actor, params.id, { after: place, limit: limit + 1 })
        const shown = lines.slice(0, limit)
        const last = lines.length > limit ? shown.at(-1) : undefined
        return {
          object: 'list' as const,
          data: shown.map(line => logLineToWire(params.id, line)),
          has_more: last !== undefined,
          next_cursor: last === undefined ? null : writePlace(last),
        }
      },
      {
        scope: 'jobs:read',
        params,
        query: t.Object(
          {
            limit: limitParam,
            after: t.Optional(
              t.String({
                maxLength: 20,
                description: 'Only what comes after this attempt and line.',
                examples: ['1.20'],
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: page(LogLineObject) },
        detail: {
          operationId: 'listJobLogs',
          summary: 'Read the log of a job',
          description: 'In order, attempt by attempt; `next_cursor` is the next page’s `after`.',
        },
      },
    )
    .post(
      '/:id/retry',
      async ({ actor, params, request }) => jobToWire(await retryJob(app, withRequest(actor, request), params.id)),
      {
        scope: 'jobs:write',
        params,
        response: { 200: JobObject },
        detail: {
          operationId: 'retryJob',
          summary: 'Try a job again',
          description:
            'A discarded or cancelled one begins anew, with as many attempts as at first; a scheduled one is due now. 409 in any other state, and for the jobs of runs.',
          responses: {
            200: { description: 'The job as it is now.', content: { 'application/json': { example: retriedJob } } },
          },
        },
      },
    )
    .post(
      '/:id/cancel',
      async ({ actor, params, request }) => jobToWire(await cancelJob(app, withRequest(actor, request), params.id)),
      {
        scope: 'jobs:write',
        params,
        response: { 200: JobObject },
        detail: {
          operationId: 'cancelJob',
          summary: 'Cancel a job',
          description:
            'At once where it has not begun; a running one is asked to stop. Cancelling it again changes nothing. 409 for one that has ended otherwise, unless it is discarded and blocks its order key, which goes on then.',
          responses: {
            200: { description: 'The job as it is now.', content: { 'application/json': { example: cancelledJob } } },
          },
        },
      },
    )
