import { t } from 'elysia'
import type { HttpContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { oneOf } from '../http/one-of.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { PreviewBody, ScheduleBody, SchedulePatch, scheduleFields } from './body.ts'
import { pauseSchedule, resumeSchedule } from './change-schedule.ts'
import { createSchedule, type ScheduleContext } from './create-schedule.ts'
import { deleteSchedule } from './delete-schedule.ts'
import { locationHeader, scheduleExample } from './examples.ts'
import { listOccurrences } from './list-occurrences.ts'
import { listSchedules } from './list-schedules.ts'
import { previewRule, previewSchedule } from './preview-fires.ts'
import { readSchedule } from './read-schedule.ts'
import { toSpec } from './spec.ts'
import { triggerSchedule } from './trigger-schedule.ts'
import { updateSchedule } from './update-schedule.ts'
import {
  OccurrenceObject,
  occurrenceList,
  occurrenceToWire,
  PreviewObject,
  previewToWire,
  ScheduleObject,
  scheduleList,
  scheduleToWire,
} from './wire.ts'

const params = t.Object({ id: t.String({ description: 'Id of the schedule.', examples: [scheduleExample.id] }) })
const defaultCount = 10

/** `/v1/schedules`: rules that start runs by themselves, and what became of each of their times. */
export const scheduleRoutes = (app: HttpContext & ScheduleContext) =>
  controller('Schedules', '/v1/schedules')
    .post(
      '/',
      async ({ actor, body, set }) => {
        const schedule = await createSchedule(app, actor, toSpec(scheduleFields(body)), {
          enabled: body.enabled ?? true,
        })
        set.status = 201
        set.headers.location = `/v1/schedules/${schedule.id}`
        return scheduleToWire(schedule)
      },
      {
        scope: 'schedules:write',
        body: ScheduleBody,
        response: { 201: ScheduleObject },
        detail: {
          operationId: 'createSchedule',
          summary: 'Make a schedule',
          description: 'It fires from now on, without what its rule would have had before.',
          responses: { 201: { description: 'It is on disk.', headers: locationHeader } },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor, ...filter } }) => {
        const before = decodeCursor(cursor, scheduleList)
        const schedules = await listSchedules(app, actor, filter, { before, limit: limit + 1 })
        return toPage(schedules, limit, scheduleList, scheduleToWire)
      },
      {
        scope: 'schedules:read',
        query: t.Object(
          {
            limit: limitParam,
            cursor: cursorParam,
            agent: t.Optional(t.String({ description: 'Only schedules of this agent.' })),
            source: t.Optional(oneOf(['file', 'api'], { description: 'Only from agent files, or over the API.' })),
            status: t.Optional(
              oneOf(['active', 'paused', 'ended', 'removed'], { description: 'Only in this status.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: page(ScheduleObject) },
        detail: { operationId: 'listSchedules', summary: 'List schedules', description: 'The newest first.' },
      },
    )
    .post(
      '/preview',
      ({ body }) =>
        previewToWire(previewRule(app, { ...scheduleFields(body), after: body.after }, body.count ?? defaultCount)),
      {
        scope: 'schedules:read',
        body: PreviewBody,
        response: { 200: PreviewObject },
        detail: {
          operationId: 'previewRule',
          summary: 'Say when a rule would fire',
          description: 'Keeps nothing.',
        },
      },
    )
    .get('/:id', async ({ actor, params }) => scheduleToWire(await readSchedule(app, actor, params.id)), {
      scope: 'schedules:read',
      params,
      response: { 200: ScheduleObject },
      detail: { operationId: 'readSchedule', summary: 'Read a schedule', description: 'With its next and last time.' },
    })
    .patch(
      '/:id',
      async ({ actor, params, body }) => {
        const change = { ...scheduleFields(body), enabled: body.enabled }
        return scheduleToWire(await updateSchedule(app, actor, params.id, change))
      },
      {
        scope: 'schedules:write',
        params,
        body: SchedulePatch,
        response: { 200: ScheduleObject },
        detail: {
          operationId: 'updateSchedule',
          summary: 'Change a schedule',
          description:
            'A new rule counts from now on; any other change leaves the next time. 409 for one from an agent file.',
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await deleteSchedule(app, actor, params.id)
        set.status = 204
      },
      {
        scope: 'schedules:write',
        params,
        detail: {
          operationId: 'deleteSchedule',
          summary: 'Delete a schedule',
          description: 'With its history. Its runs stay. 409 for one that is in an agent file.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
    .post('/:id/pause', async ({ actor, params }) => scheduleToWire(await pauseSchedule(app, actor, params.id)), {
      scope: 'schedules:write',
      params,
      response: { 200: ScheduleObject },
      detail: {
        operationId: 'pauseSchedule',
        summary: 'Pause a schedule',
        description: 'It fires no more until it is resumed. Also one from an agent file, across restarts.',
      },
    })
    .post('/:id/resume', async ({ actor, params }) => scheduleToWire(await resumeSchedule(app, actor, params.id)), {
      scope: 'schedules:write',
      params,
      response: { 200: ScheduleObject },
      detail: {
        operationId: 'resumeSchedule',
        summary: 'Resume a schedule',
        description: 'From now on. What was due meanwhile is not made up for.',
      },
    })
    .post(
      '/:id/trigger',
      async ({ actor, params, set }) => {
        const occurrence = await triggerSchedule(app, actor, params.id)
        set.status = 202
        set.headers.location = `/v1/runs/${occurrence.runId}`
        return occurrenceToWire({ ...occurrence, run: null })
      },
      {
        scope: 'schedules:write',
        params,
        response: { 202: OccurrenceObject },
        detail: {
          operationId: 'triggerSchedule',
          summary: 'Run a schedule now',
          description:
            'Also one that is paused or has ended. Its next time stays. `overlap: skip` is not heeded: somebody has asked for it.',
        },
      },
    )
    .get(
      '/:id/preview',
      async ({ actor, params, query: { count = defaultCount } }) =>
        previewToWire(await previewSchedule(app, actor, params.id, count)),
      {
        scope: 'schedules:read',
        params,
        query: t.Object(
          { count: t.Optional(t.Integer({ minimum: 1, maximum: 500, default: 10, description: 'How many.' })) },
          { additionalProperties: false },
        ),
        response: { 200: PreviewObject },
        detail: {
          operationId: 'previewSchedule',
          summary: 'Say when a schedule will fire',
          description: 'With its jitter. Of a paused one: when it would.',
        },
      },
    )
    .get(
      '/:id/occurrences',
      async ({ actor, params, query: { limit = 50, cursor, outcome } }) => {
        const position = decodeCursor(cursor, occurrenceList)
        const before = position === undefined ? undefined : Number(position)
        const occurrences = await listOccurrences(app, actor, params.id, { outcome, before, limit: limit + 1 })
        return toPage(occurrences, limit, occurrenceList, occurrenceToWire)
      },
      {
        scope: 'schedules:read',
        params,
        query: t.Object(
          {
            limit: limitParam,
            cursor: cursorParam,
            outcome: t.Optional(
              oneOf(['fired', 'skipped', 'missed', 'failed'], { description: 'Only of this outcome.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: page(OccurrenceObject) },
        detail: {
          operationId: 'listOccurrences',
          summary: 'List what became of the times of a schedule',
          description: 'The latest first, each with its run. After a long sleep only the latest missed ones are kept.',
        },
      },
    )
