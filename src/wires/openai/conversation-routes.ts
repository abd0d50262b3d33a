import { type Static, t } from 'elysia'
import type { Actor, HttpContext } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import { controller, withRequest } from '../../http/controller.ts'
import { addMessage } from '../../threads/add-message.ts'
import { createThread } from '../../threads/create-thread.ts'
import { deleteMessage } from '../../threads/delete-message.ts'
import { deleteThread } from '../../threads/delete-thread.ts'
import { readMessage } from '../../threads/read-message.ts'
import { readThread } from '../../threads/read-thread.ts'
import type { Thread } from '../../threads/thread.ts'
import { updateThread } from '../../threads/update-thread.ts'
import { conversationId, threadOf } from './conversation-id.ts'
import { type ConversationItem, itemList, listItems, toItem } from './conversation-items.ts'
import { Item } from './response-body.ts'
import { messagesOf } from './response-input.ts'

const id = 'conv_01a20ac7643c74ff917af328c26df1fb'
const exampleItem = { type: 'message' as const, role: 'user' as const, content: 'hello' }
const conversation = { id, object: 'conversation' as const, created_at: 1_764_000_000, metadata: { topic: 'tea' } }
const params = t.Object({ id: t.String({ description: 'Id of the conversation.', examples: [id] }) })
const itemParams = t.Object({
  id: t.String({ description: 'Id of the conversation.', examples: [id] }),
  item: t.String({ description: 'Id of the item.', examples: ['msg_01a20ac7644171e1a5c1f7f1ad0b5d3c'] }),
})
const answer = (description: string, example: object) => ({
  responses: { 200: { description, content: { 'application/json': { schema: t.Any(), example } } } },
})
const Items = t.Array(Item, { minItems: 1, maxItems: 20 })
const Metadata = t.Nullable(t.Record(t.String({ maxLength: 64 }), t.String({ maxLength: 512 }), { maxProperties: 16 }))

const toConversation = ({ id, createdAt, metadata }: Pick<Thread, 'id' | 'createdAt' | 'metadata'>) => ({
  id: conversationId(id),
  object: 'conversation' as const,
  created_at: Math.floor(createdAt / 1_000),
  metadata,
})

/** Conversations, as OpenAI’s clients keep them on the server: threads, by another name. */
export const conversationRoutes = (app: HttpContext) =>
  controller('OpenAI', '/openai/v1/conversations')
    .post(
      '/',
      async ({ actor, body }) => {
        const thread = await createThread(app, actor, { metadata: body.metadata ?? {} })
        if (body.items?.length) await addItems(app, actor, thread.id, body.items)
        return toConversation(thread)
      },
      {
        scope: 'threads:write',
        body: t.Object(
          { items: t.Optional(t.Nullable(t.Array(Item, { maxItems: 20 }))), metadata: t.Optional(Metadata) },
          { title: 'NewConversation', examples: [{ metadata: conversation.metadata, items: [exampleItem] }] },
        ),
        detail: {
          operationId: 'createConversation',
          summary: 'Begin a conversation, as with OpenAI',
          description: 'A thread, which responses go on with by `conversation`.',
          ...answer('It is kept.', conversation),
        },
      },
    )
    .get('/:id', async ({ actor, params }) => toConversation(await readThread(app, actor, threadOf(params.id))), {
      scope: 'threads:read',
      params,
      detail: {
        operationId: 'getConversation',
        summary: 'Read a conversation',
        description: 'Without its items.',
        ...answer('What is known of it.', conversation),
      },
    })
    .post(
      '/:id',
      async ({ actor, body, params }) =>
        toConversation(await updateThread(app, actor, threadOf(params.id), { metadata: body.metadata ?? {} })),
      {
        scope: 'threads:write',
        params,
        body: t.Object(
          { metadata: Metadata },
          { title: 'ConversationChange', examples: [{ metadata: conversation.metadata }] },
        ),
        detail: {
          operationId: 'updateConversation',
          summary: 'Change what is noted of a conversation',
          description: 'Its metadata, as a whole.',
          ...answer('As it is now.', conversation),
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, request }) => {
        await deleteThread(app, withRequest(actor, request), threadOf(params.id))
        return { id: params.id, object: 'conversation.deleted' as const, deleted: true }
      },
      {
        scope: 'threads:write',
        params,
        detail: {
          operationId: 'deleteConversation',
          summary: 'Delete a conversation',
          description: 'With its items; its responses stay. 409 while one is being made.',
          ...answer('It is gone.', { id, object: 'conversation.deleted', deleted: true }),
        },
      },
    )
    .get(
      '/:id/items',
      async ({ actor, params, query: { after, order = 'desc', limit = 20 } }) =>
        listItems(app, actor, threadOf(params.id), { after, order: order === 'asc' ? 'asc' : 'desc', limit }),
      {
        scope: 'threads:read',
        params,
        query: t.Object({
          after: t.Optional(t.String({ maxLength: 64, description: 'The last item of the page before.' })),
          order: t.Optional(t.String({ enum: ['asc', 'desc'], description: 'desc: the newest first.' })),
          limit: t.Optional(t.Integer({ minimum: 1, maximum: 100, default: 20, description: 'How many at most.' })),
        }),
        detail: {
          operationId: 'listConversationItems',
          summary: 'Read what was said in a conversation',
          description:
            'What was asked and what was answered. Calls of tools are in the log of the run that has made them.',
          ...answer('A page.', { object: 'list', data: [], first_id: null, last_id: null, has_more: false }),
        },
      },
    )
    .post(
      '/:id/items',
      async ({ actor, body, params }) => itemList(await addItems(app, actor, threadOf(params.id), body.items), false),
      {
        scope: 'threads:write',
        params,
        body: t.Object({ items: Items }, { title: 'NewConversationItems', examples: [{ items: [exampleItem] }] }),
        detail: {
          operationId: 'createConversationItems',
          summary: 'Add to a conversation',
          description: 'Messages at its end, without a response.',
          ...answer('What was added.', { object: 'list', data: [], first_id: null, last_id: null, has_more: false }),
        },
      },
    )
    .get(
      '/:id/items/:item',
      async ({ actor, params }) => toItem(await readMessage(app, actor, threadOf(params.id), params.item)),
      {
        scope: 'threads:read',
        params: itemParams,
        detail: {
          operationId: 'getConversationItem',
          summary: 'Read an item of a conversation',
          description: 'By its id.',
          ...answer('The item.', exampleItem),
        },
      },
    )
    .delete(
      '/:id/items/:item',
      async ({ actor, params, request }) => {
        const threadId = threadOf(params.id)
        await deleteMessage(app, withRequest(actor, request), threadId, params.item)
        return toConversation(await readThread(app, actor, threadId))
      },
      {
        scope: 'threads:write',
        params: itemParams,
        detail: {
          operationId: 'deleteConversationItem',
          summary: 'Delete an item of a conversation',
          description: 'What came after it keeps its place.',
          ...answer('The conversation.', conversation),
        },
      },
    )

/** @throws AppError invalid_request for whatever is no message */
async function addItems(
  app: HttpContext,
  actor: Actor,
  threadId: string,
  items: Static<typeof Items>,
): Promise<ConversationItem[]> {
  const other = items.findIndex(item => !('role' in item))
  if (other !== -1) throw invalidField(`/items/${other}`, 'Messages are what can be added.')
  const added: ConversationItem[] = []
  for (const message of messagesOf(items, '/items')) added.push(toItem(await addMessage(app, actor, threadId, message)))
  return added
}
