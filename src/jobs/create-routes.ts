import { t } from 'elysia'
import type { HttpContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { controller } from '../http/controller.ts'
import { CreatedJobObject, CreatedJobsObject, JobsBody } from './create-body.ts'
import { type CreatedJob, createJobs } from './create-jobs.ts'
import type { RequestedJob } from './new-job.ts'

/** `POST /v1/jobs`: one job or many. */
export const createJobRoutes = (app: HttpContext) =>
  controller('New jobs', '/v1/jobs').post(
    '/',
    async ({ actor, body, set }) => {
      const requested = requestedJobs(body)
      const created = await createJobs(app, actor, requested)
      const data = created.map((job, index) => toWire(job, requested[index]?.body.ref))
      set.status = 201
      const [only] = data
      if (body.jobs !== undefined || !only) return { object: 'list' as const, data }
      set.headers.location = `/v1/jobs/${only.job.id}`
      return only
    },
    {
      scope: 'jobs:write',
      body: JobsBody,
      response: {
        201: t.Union([CreatedJobObject, CreatedJobsObject], {
          description: 'Of one job, what became of it; of many, a list.',
          examples: CreatedJobObject.examples,
        }),
      },
      detail: {
        operationId: 'createJobs',
        summary: 'Make jobs',
        description:
          'One, or up to 1,000 in `jobs`, of which all are made or none. Answers when they are on disk: from then on they survive a crash.',
        tags: ['Jobs'],
        responses: { 201: { description: 'They are on disk.', headers: locationHeader } },
      },
    },
  )

const locationHeader = {
  location: {
    description: 'Path of the job; none of many.',
    schema: { type: 'string' } as const,
    example: '/v1/jobs/job_019a1b2c3d4e7f608192a3b4c5d6e7f8',
  },
}

function requestedJobs(body: JobsBody): RequestedJob[] {
  const { jobs, kind, ...rest } = body
  if (jobs === undefined) {
    if (kind === undefined) throw invalidField('/kind', 'Give the kind of a job, or jobs.')
    return [{ body: { ...rest, kind }, at: '' }]
  }
  const [beside] = Object.keys(body).filter(field => field !== 'jobs')
  if (beside !== undefined) throw invalidField(`/${beside}`, 'With jobs, it belongs to each of them.')
  return jobs.map((job, index) => ({ body: job, at: `/jobs/${index}` }))
}

const toWire = ({ id, state, created }: CreatedJob, ref: string | undefined) => ({
  job: { id, state },
  created,
  ...(ref !== undefined && { ref }),
})
