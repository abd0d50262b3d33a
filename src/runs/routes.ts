import { t } from 'elysia'
import { returnToolResults } from '../approvals/return-results.ts'
import { ToolResultsBody } from '../approvals/wire.ts'
import type { HttpContext } from '../context.ts'
import { controller, mayTakeLong, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { iso } from '../http/iso-time.ts'
import { limitParam, page } from '../http/params.ts'
import { cancelRun } from './cancel-run.ts'
import { createRun } from './create-run.ts'
import { cancelledRun, eventStream, locationHeader, queuedRun } from './examples.ts'
import { getRun } from './get-run.ts'
import { readEvents } from './read-events.ts'
import { afterOf, idempotencyOf } from './request.ts'
import { idTime } from './run-ids.ts'
import { filterOf, RunPageObject, RunsQuery } from './runs-query.ts'
import { searchRuns } from './search-runs.ts'
import { checkAfter, streamRun } from './stream-run.ts'
import { waitRun } from './wait-run.ts'
import { EventObject, eventList, eventToWire, RunBody, RunObject, runInput, runList, runToWire } from './wire.ts'

const params = t.Object({ id: t.String({ description: 'Id of the run.', examples: [queuedRun.id] }) })
const CreateHeaders = t.Object({
  'idempotency-key': t.Optional(
    t.String({ minLength: 1, maxLength: 255, description: 'The same key and body give the same run, for 24 hours.' }),
  ),
})
const AfterQuery = t.Object(
  { after: t.Optional(t.Integer({ minimum: 0, description: 'Send only events after this number.' })) },
  { additionalProperties: false },
)
const waitSeconds = t.Optional(
  t.Number({
    minimum: 0,
    maximum: 3_600,
    description: 'Answer after that long with the run as it is. Default: when it is final.',
  }),
)

/** `/v1/runs`: create, wait, stream, list, read, follow, cancel. */
export const runRoutes = (app: HttpContext) =>
  controller('Runs', '/v1/runs')
    .post(
      '/',
      async ({ actor, body, request, set }) => {
        const { run, repeated } = await createRun(app, actor, {
          ...runInput(body),
          idempotency: idempotencyOf(request, body),
        })
        set.status = 202
        set.headers.location = `/v1/runs/${run.id}`
        if (repeated) set.headers['idempotent-replayed'] = 'true'
        return runToWire(run)
      },
      {
        scope: 'runs:write',
        body: RunBody,
        headers: CreateHeaders,
        response: { 202: RunObject },
        detail: {
          operationId: 'createRun',
          summary: 'Start a run',
          description: 'Answers when the run is on disk: from then on it survives a crash.',
          responses: {
            202: {
              description: 'It is on disk. With `idempotent-replayed: true`, it had been made before.',
              headers: locationHeader,
              content: { 'application/json': { example: queuedRun } },
            },
          },
        },
      },
    )
    .post(
      '/wait',
      async ({ actor, body, request, query, set }) => {
        mayTakeLong(request)
        const { run } = await createRun(app, actor, { ...runInput(body), idempotency: idempotencyOf(request, body) })
        set.headers.location = `/v1/runs/${run.id}`
        return runToWire(await waitRun(app, actor, run.id, patience(request, query.timeout_seconds), run))
      },
      {
        scope: 'runs:write',
        body: RunBody,
        headers: CreateHeaders,
        query: t.Object({ timeout_seconds: waitSeconds }, { additionalProperties: false }),
        response: { 200: RunObject },
        detail: {
          operationId: 'createRunAndWait',
          summary: 'Start a run and wait for its end',
          description: 'A caller that goes away does not stop the run.',
          responses: {
            200: { description: 'The run, final, or as it is after `timeout_seconds`.', headers: locationHeader },
          },
        },
      },
    )
    .post(
      '/stream',
      async ({ actor, body, request }) => {
        const { run } = await createRun(app, actor, { ...runInput(body), idempotency: idempotencyOf(request, body) })
        return streamRun(app, request, run, 0)
      },
      {
        scope: 'runs:write',
        body: RunBody,
        headers: CreateHeaders,
        detail: {
          operationId: 'createRunAndStream',
          summary: 'Start a run and follow its events',
          description:
            'Server-sent events: `id` is the number, `event` the type, `data` JSON. Resume with `GET /v1/runs/{id}/stream` and `Last-Event-ID`. A caller that goes away does not stop the run.',
          responses: { 200: eventStream },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query }) => {
        const { limit = 50, order = 'desc', cursor } = query
        const page = { after: decodeCursor(cursor, runList), order, limit: limit + 1 }
        const { runs, lookedTo } = await searchRuns(app, actor, filterOf(query), page)
        const listed = toPage(runs, limit, runList, runToWire, lookedTo)
        const isShort = runs.length <= limit && lookedTo !== null
        return { ...listed, looked_to: isShort ? iso(idTime(lookedTo)) : null }
      },
      {
        scope: 'runs:read',
        query: RunsQuery,
        response: { 200: RunPageObject },
        detail: {
          operationId: 'listRuns',
          summary: 'List runs',
          description:
            'By the time they were made. What no index knows is looked for during half a second: a page may be short then, `looked_to` says how far it has come, and `next_cursor` goes on from there.',
        },
      },
    )
    .get('/:id', async ({ actor, params }) => runToWire(await getRun(app, actor, params.id)), {
      scope: 'runs:read',
      params,
      response: { 200: RunObject },
      detail: {
        operationId: 'readRun',
        summary: 'Read a run',
        description: 'As it is now: its status, and its output or error once it is final.',
      },
    })
    .get(
      '/:id/wait',
      async ({ actor, params, query, request }) => {
        mayTakeLong(request)
        return runToWire(await waitRun(app, actor, params.id, patience(request, query.timeout_seconds)))
      },
      {
        scope: 'runs:read',
        params,
        query: t.Object({ timeout_seconds: waitSeconds }, { additionalProperties: false }),
        response: { 200: RunObject },
        detail: {
          operationId: 'waitForRun',
          summary: 'Wait for the end of a run',
          description: 'Answers at once where it has ended. On any process, also after a restart.',
        },
      },
    )
    .get(
      '/:id/stream',
      async ({ actor, params, query, request }) => {
        const run = await getRun(app, actor, params.id)
        const after = afterOf(request, query.after)
        await checkAfter(app, run.id, after)
        return streamRun(app, request, run, after)
      },
      {
        scope: 'runs:read',
        params,
        query: AfterQuery,
        headers: t.Object({
          'last-event-id': t.Optional(
            t.String({
              description: 'Number of the last event received. Browsers send it by themselves; `after` wins.',
            }),
          ),
        }),
        detail: {
          operationId: 'streamRun',
          summary: 'Follow the events of a run',
          description:
            'From after `Last-Event-ID` or `after`, else from the first; before, during and after the run, on any process.',
          responses: { 200: eventStream },
        },
      },
    )
    .get(
      '/:id/events',
      async ({ actor, params, query }) => {
        const { limit = 50, after = 0 } = query
        const run = await getRun(app, actor, params.id)
        await checkAfter(app, run.id, after)
        const events = await readEvents(app.database, run.id, after, limit + 1)
        const shown = toPage(events, limit, eventList, eventToWire)
        // Events page by number: the cursor says the same as `after`.
        return { ...shown, next_cursor: shown.has_more ? String(shown.data.at(-1)?.seq) : null }
      },
      {
        scope: 'runs:read',
        params,
        query: t.Object(
          {
            limit: limitParam,
            after: t.Optional(t.Integer({ minimum: 0, description: 'Only events after this number.' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: page(EventObject) },
        detail: {
          operationId: 'listEvents',
          summary: 'Read the events of a run',
          description: 'In order; `next_cursor` is the next page’s `after`.',
        },
      },
    )
    .post(
      '/:id/cancel',
      async ({ actor, params, request }) => runToWire(await cancelRun(app, withRequest(actor, request), params.id)),
      {
        scope: 'runs:write',
        params,
        response: { 200: RunObject },
        detail: {
          operationId: 'cancelRun',
          summary: 'Cancel a run',
          description:
            'At once where it waits; a running one stops within moments. Cancelling it again changes nothing. 409 for one that has completed or failed.',
          responses: {
            200: { description: 'The run as it is now.', content: { 'application/json': { example: cancelledRun } } },
          },
        },
      },
    )
    .post(
      '/:id/tool-results',
      async ({ actor, body, params }) => {
        const results = body.results.map(({ tool_call_id, output, is_error = false }) => {
          return { toolCallId: tool_call_id, output, isError: is_error }
        })
        return runToWire(await returnToolResults(app, actor, params.id, results))
      },
      {
        scope: 'runs:write',
        params,
        body: ToolResultsBody,
        response: { 200: RunObject },
        detail: {
          operationId: 'returnToolResults',
          summary: 'Give a run the results of your own tools',
          description: 'It goes on once it has those of all `tool_calls`. 409 for a call that it does not wait for.',
        },
      },
    )

const patience = (request: Request, seconds: number | undefined): AbortSignal =>
  seconds === undefined ? request.signal : AbortSignal.any([request.signal, AbortSignal.timeout(seconds * 1000)])
