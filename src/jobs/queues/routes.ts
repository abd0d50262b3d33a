import { t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { controller } from '../../http/controller.ts'
import { decodeCursor, toPage } from '../../http/cursor.ts'
import { limitParam, page } from '../../http/params.ts'
import { PauseKeyBody, QueuePatchBody, queuePatch } from './body.ts'
import { pausedQueue, queueExample } from './examples.ts'
import { listBlockedKeys } from './list-blocked-keys.ts'
import { listQueues } from './list-queues.ts'
import { pauseLimitKey } from './pause-limit-key.ts'
import { readQueue } from './read-queue.ts'
import { limitQueue, pauseQueue, resumeQueue } from './set-queue.ts'
import {
  BlockedKeyObject,
  blockedKeyList,
  blockedKeyToWire,
  PausedKeyObject,
  pausedKeyToWire,
  QueueObject,
  queueList,
  queueToWire,
} from './wire.ts'

const params = t.Object({ name: t.String({ description: 'Name of the queue.', examples: [queueExample.name] }) })

/** Names are longer than ids. */
const query = t.Object(
  {
    limit: limitParam,
    cursor: t.Optional(t.String({ maxLength: 4_096, description: 'next_cursor of the page before.' })),
  },
  { additionalProperties: false },
)

/** `/v1/queues`: how full the lanes are, and what holds for them. */
export const queueRoutes = (app: HttpContext) =>
  controller('Queues', '/v1/queues')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, queueList)
        const { queues, lookedTo } = await listQueues(app, actor, { after, limit })
        return toPage(queues, limit, queueList, queueToWire, lookedTo)
      },
      {
        scope: 'queues:read',
        query,
        response: { 200: page(QueueObject) },
        detail: {
          operationId: 'listQueues',
          summary: 'List queues',
          description:
            'By their names: those with unfinished or discarded jobs, those of which something is set, and those that this process knows.',
        },
      },
    )
    .get('/:name', async ({ actor, params }) => queueToWire(await readQueue(app, actor, params.name)), {
      scope: 'queues:read',
      params,
      response: { 200: QueueObject },
      detail: { operationId: 'readQueue', summary: 'Read a queue', description: 'How full it is, and its limits.' },
    })
    .patch(
      '/:name',
      async ({ actor, params, body }) => queueToWire(await limitQueue(app, actor, params.name, queuePatch(body))),
      {
        scope: 'queues:write',
        params,
        body: QueuePatchBody,
        response: { 200: QueueObject },
        detail: {
          operationId: 'limitQueue',
          summary: 'Limit a queue',
          description: 'For all tenants and processes, from their next claim on; what runs goes on.',
        },
      },
    )
    .post('/:name/pause', async ({ actor, params }) => queueToWire(await pauseQueue(app, actor, params.name)), {
      scope: 'queues:write',
      params,
      response: { 200: QueueObject },
      detail: {
        operationId: 'pauseQueue',
        summary: 'Pause a queue',
        description:
          'Nothing of it begins, on any process, until it is resumed. What runs goes on, and jobs can be made.',
        responses: {
          200: { description: 'The queue as it is now.', content: { 'application/json': { example: pausedQueue } } },
        },
      },
    })
    .post('/:name/resume', async ({ actor, params }) => queueToWire(await resumeQueue(app, actor, params.name)), {
      scope: 'queues:write',
      params,
      response: { 200: QueueObject },
      detail: { operationId: 'resumeQueue', summary: 'Resume a queue', description: 'Its jobs begin again.' },
    })
    .get(
      '/:name/blocked-keys',
      async ({ actor, params, query: { limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, blockedKeyList)
        const blocked = await listBlockedKeys(app, actor, params.name, { after, limit: limit + 1 })
        return toPage(blocked, limit, blockedKeyList, key => blockedKeyToWire(actor.tenantId, key))
      },
      {
        scope: 'queues:read',
        params,
        query,
        response: { 200: page(BlockedKeyObject) },
        detail: {
          operationId: 'listBlockedKeys',
          summary: 'List order keys that are held up',
          description:
            'By a first job that was discarded and blocks, until it is tried again or cancelled; or by one that others wait for until its next attempt.',
        },
      },
    )
    .post(
      '/:name/keys/pause',
      async ({ actor, params, body }) => pausedKeyToWire(await pauseLimitKey(app, actor, params.name, body)),
      {
        scope: 'queues:write',
        params,
        body: PauseKeyBody,
        response: { 200: PausedKeyObject },
        detail: {
          operationId: 'pauseLimitKey',
          summary: 'Let a limit key rest',
          description: 'Nothing of it begins for so long, on any process. An earlier pause is never shortened.',
        },
      },
    )
