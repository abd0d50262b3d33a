import { type Static, t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { invalidField } from '../../errors.ts'
import type { Caller } from '../../http/auth.ts'
import { controller, withRequest } from '../../http/controller.ts'
import { nameText } from '../../http/params.ts'
import { createRun } from '../../runs/create-run.ts'
import { idempotencyOf } from '../../runs/request.ts'
import { isFinal } from '../../runs/run.ts'
import { stopRun } from '../../runs/stop-run.ts'
import { createThread } from '../../threads/create-thread.ts'
import { chatKey, chatThread, lastRun, type Place, placeOf } from './chat.ts'
import { continueChat } from './continue-chat.ts'
import { streamMessage } from './stream.ts'
import { toMessages, UiMessage } from './ui-message.ts'
import { countWaitsOver } from './waits.ts'

const agent = t.String({ description: 'Name of the agent.', examples: ['echo'] })
const chatId = t.String({ maxLength: 200, description: 'Id of the chat, or of a run.', examples: ['chat-1'] })

const exampleMessage = { id: 'm1', role: 'user' as const, parts: [{ type: 'text', text: 'hello' }] }

/** What the default transport of `useChat` sends; whatever else an app adds is taken and left out. */
const ChatBody = t.Object(
  {
    id: t.Optional(nameText({ minLength: 1, maxLength: 200, description: 'Of the chat.' })),
    messages: t.Optional(t.Array(UiMessage, { minItems: 1, maxItems: 10_000, description: 'All of the chat.' })),
    message: t.Optional(UiMessage),
    tools: t.Optional(
      t.Array(
        t.Object({
          name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
          description: t.String({ maxLength: 4_000 }),
          input_schema: t.Record(t.String(), t.Any()),
        }),
        { maxItems: 128, description: 'Tools that the client runs.' },
      ),
    ),
    metadata: t.Optional(t.Record(t.String(), t.Any(), { description: 'Of the run.' })),
  },
  {
    additionalProperties: true,
    title: 'UiChatRequest',
    examples: [{ id: 'chat-1', messages: [exampleMessage], trigger: 'submit-message' }],
  },
)

const stream = {
  200: {
    description: 'The message as chunks of a UI message stream, version 1, and `[DONE]`.',
    content: {
      'text/event-stream': {
        schema: t.String(),
        example: 'data: {"type":"start","messageId":"run_…"}\n\n…\n\ndata: [DONE]\n\n',
      },
    },
  },
}

/** `/ai-sdk/:agent`: agents for `useChat` and the other clients of the AI SDK's UI message streams. */
export const aiSdkRoutes = (app: HttpContext) =>
  controller('AI SDK', '/ai-sdk')
    .post(
      '/:agent',
      async ({ actor, body, params, request }) => {
        const caller = withRequest(actor, request)
        const last = body.messages?.at(-1) ?? body.message
        if (!last) throw invalidField('/messages', 'Send messages, or the message that is new.')
        const place =
          last.role === 'assistant'
            ? await continueChat(app, caller, { agent: params.agent, chatId: body.id ?? '', message: last })
            : await beginRun(app, caller, { agent: params.agent, body, request })
        const messageId = place.after > 0 && last.id !== undefined ? last.id : place.run.id
        // What has just been given to the queue has not waited since; a request that is repeated may find more.
        const waitsOver = place.run.status === 'queued' ? 0 : await countWaitsOver(app, place)
        return streamMessage(app, request, { ...place, messageId, startIndex: 0, waitsOver })
      },
      {
        scope: 'runs:write',
        params: t.Object({ agent }),
        body: ChatBody,
        detail: {
          operationId: 'chatWithAiSdk',
          summary: 'Chat, as with the AI SDK',
          description:
            'A durable run of the agent. With a last message of the assistant, what that has answered (approvals, results of tools) is given to the run that waits for it.',
          responses: stream,
        },
      },
    )
    .get(
      '/:agent/:chatId/stream',
      async ({ actor, params, query: { startIndex }, request }) => {
        const named = await placeOf(app, actor, params.agent, params.chatId)
        const run = named ? named.run : await lastRun(app, actor, params.agent, params.chatId)
        // A chat is read on where an answer is being made; who names a run reads that.
        if (!run || (!named && (isFinal(run.status) || run.status === 'waiting')))
          return new Response(null, { status: 204 })
        const place = { run, after: named?.after ?? 0 }
        const waitsOver = await countWaitsOver(app, place)
        return streamMessage(app, request, { ...place, messageId: run.id, startIndex: startIndex ?? 0, waitsOver })
      },
      {
        scope: 'runs:read',
        params: t.Object({ agent, chatId }),
        query: t.Object({
          startIndex: t.Optional(
            t.Integer({
              minimum: -1_000_000,
              maximum: 1_000_000_000,
              description: 'From this chunk on; below 0: the last so many of those that there are.',
            }),
          ),
        }),
        detail: {
          operationId: 'resumeAiSdkStream',
          summary: 'Read the answer that is being made',
          description: 'From the start of its message, or from a chunk on. 204 where none is being made.',
          responses: stream,
        },
      },
    )
    .post(
      '/:agent/:chatId/stop',
      async ({ actor, params, request, set }) => {
        const named = await placeOf(app, actor, params.agent, params.chatId)
        const run = named ? named.run : await lastRun(app, actor, params.agent, params.chatId)
        if (run && !isFinal(run.status)) await stopRun(app, withRequest(actor, request), run.id)
        set.status = 204
      },
      {
        scope: 'runs:write',
        params: t.Object({ agent, chatId }),
        detail: {
          operationId: 'stopAiSdkChat',
          summary: 'Stop the answer that is being made',
          description: 'The client’s own `stop()` closes its connection, which stops no run.',
          responses: { 204: { description: 'It is being stopped, or none was made.' } },
        },
      },
    )

async function beginRun(
  app: HttpContext,
  actor: Caller,
  { agent, body, request }: { agent: string; body: Static<typeof ChatBody>; request: Request },
): Promise<Place> {
  const { id, messages, message, tools, metadata } = body
  // Who sends all of the chat keeps it; of who sends what is new, the thread keeps it.
  const threadId = messages === undefined && id !== undefined ? chatThread(actor.tenantId, agent, id) : undefined
  if (threadId !== undefined) await createThread(app, actor, { id: threadId })
  const { run } = await createRun(app, actor, {
    agent,
    input: toMessages(messages ?? (message ? [message] : [])),
    threadId,
    tools,
    metadata,
    chat: id === undefined ? undefined : chatKey(agent, id),
    idempotency: idempotencyOf(request, body),
  })
  return { run, after: 0 }
}
