import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { MessageBody } from '../runs/wire.ts'
import { addMessage } from './add-message.ts'
import { createThread } from './create-thread.ts'
import { deleteThread } from './delete-thread.ts'
import { listMessages } from './list-messages.ts'
import { listThreads } from './list-threads.ts'
import { readThread } from './read-thread.ts'
import { updateThread } from './update-thread.ts'
import {
  MessageObject,
  messageList,
  messageToWire,
  ThreadBody,
  ThreadObject,
  ThreadPatch,
  threadList,
  threadToWire,
} from './wire.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the thread.', examples: ['thr_01a20ac7643c74ff917af328c26df1fb'] }),
})
const PageQuery = t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false })

/** `/v1/threads`: conversations and their messages. */
export const threadRoutes = (app: AppContext) =>
  controller('Threads', '/v1/threads')
    .post(
      '/',
      async ({ actor, body, set }) => {
        const thread = await createThread(app, actor, { metadata: body.metadata, ttlSeconds: body.ttl_seconds })
        set.status = 201
        set.headers.location = `/v1/threads/${thread.id}`
        return threadToWire(thread)
      },
      {
        scope: 'threads:write',
        body: ThreadBody,
        response: { 201: ThreadObject },
        detail: {
          operationId: 'createThread',
          summary: 'Open a thread',
          description: 'Empty at first: runs on it, and `POST /v1/threads/{id}/messages`, add to it.',
          responses: { 201: { description: 'It is open. `location` is its path.' } },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const before = decodeCursor(cursor, threadList)
        const threads = await listThreads(app, actor, { before, limit: limit + 1 })
        return toPage(threads, limit, threadList, threadToWire)
      },
      {
        scope: 'threads:read',
        query: PageQuery,
        response: { 200: page(ThreadObject) },
        detail: { operationId: 'listThreads', summary: 'List threads', description: 'The newest first.' },
      },
    )
    .get('/:id', async ({ actor, params }) => threadToWire(await readThread(app, actor, params.id)), {
      scope: 'threads:read',
      params,
      response: { 200: ThreadObject },
      detail: {
        operationId: 'readThread',
        summary: 'Read a thread',
        description: 'Without its messages: `GET /v1/threads/{id}/messages` has them.',
      },
    })
    .patch(
      '/:id',
      async ({ actor, params, body: { metadata, ttl_seconds: ttlSeconds } }) =>
        threadToWire(await updateThread(app, actor, params.id, { metadata, ttlSeconds })),
      {
        scope: 'threads:write',
        params,
        body: ThreadPatch,
        response: { 200: ThreadObject },
        detail: { operationId: 'updateThread', summary: 'Change a thread', description: 'Replaces its metadata.' },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, set, request }) => {
        await deleteThread(app, withRequest(actor, request), params.id)
        set.status = 204
      },
      {
        scope: 'threads:write',
        params,
        detail: {
          operationId: 'deleteThread',
          summary: 'Delete a thread',
          description: 'With its messages. Its runs stay, as a record. 409 while one is unfinished.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
    .get(
      '/:id/messages',
      async ({ actor, params, query: { limit = 50, cursor } }) => {
        const list = messageList(params.id)
        const position = decodeCursor(cursor, list)
        const after = position === undefined ? undefined : Number(position)
        const messages = await listMessages(app, actor, params.id, { after, limit: limit + 1 })
        return toPage(messages, limit, list, messageToWire)
      },
      {
        scope: 'threads:read',
        params,
        query: PageQuery,
        response: { 200: page(MessageObject) },
        detail: { operationId: 'listMessages', summary: 'List the messages of a thread', description: 'In order.' },
      },
    )
    .post(
      '/:id/messages',
      async ({ actor, params, body, set }) => {
        set.status = 201
        return messageToWire(await addMessage(app, actor, params.id, body))
      },
      {
        scope: 'threads:write',
        params,
        body: MessageBody,
        response: { 201: MessageObject },
        detail: {
          operationId: 'createMessage',
          summary: 'Add a message',
          description: 'Without a run: the next one reads it.',
        },
      },
    )
