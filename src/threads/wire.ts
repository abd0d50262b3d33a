import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { isoOrNull } from '../http/iso-time.ts'
import { Metadata } from '../runs/wire.ts'
import type { StoredMessage, Thread } from './thread.ts'

const example = {
  id: 'thr_01a20ac7643c74ff917af328c26df1fb',
  object: 'thread',
  metadata: { customer: 'c_17' },
  created_at: '2026-11-23T23:39:29.212Z',
  updated_at: '2026-11-23T23:39:29.212Z',
  expires_at: null,
  summary: null,
}
const messageExample = {
  id: 'msg_01a20ac7644171e1a5c1f7f1ad0b5d3c',
  object: 'message',
  thread_id: example.id,
  position: 1,
  run_id: null,
  role: 'user',
  content: 'hello',
  created_at: '2026-11-23T23:39:29.217Z',
}

const ttl = t.Integer({
  minimum: 1,
  maximum: 315_360_000,
  description: 'It is deleted after that, with its messages, once no run of it is under way. Without: it is kept.',
})

export const ThreadBody = t.Object(
  { metadata: t.Optional(Metadata), ttl_seconds: t.Optional(ttl) },
  { additionalProperties: false, title: 'NewThread', examples: [{ metadata: example.metadata }] },
)
export const ThreadPatch = t.Object(
  { metadata: t.Optional(Metadata), ttl_seconds: t.Optional(t.Nullable(ttl)) },
  {
    additionalProperties: false,
    minProperties: 1,
    title: 'ThreadChange',
    examples: [{ metadata: { customer: 'c_18' } }],
  },
)

export const ThreadObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('thread'),
    metadata: t.Any({ description: 'As it was sent.' }),
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
    expires_at: t.Nullable(t.String({ format: 'date-time' })),
    summary: t.Nullable(
      t.Object(
        { content: t.String(), position: integer({ description: 'Place of the last message that it tells of.' }) },
        { description: 'What was said so far, in short, where an agent’s rule for its history asked for that.' },
      ),
    ),
  },
  { title: 'Thread', description: 'An ordered conversation.', examples: [example] },
)

export const MessageObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('message'),
    thread_id: t.String(),
    position: integer({ description: 'Place in the thread, from 1.' }),
    run_id: t.Nullable(t.String({ description: 'The run that added it.' })),
    role: t.String({ description: 'system, user, assistant or tool.' }),
    content: t.Any({ description: 'A text, or parts: texts, and the calls and results of tools.' }),
    created_at: t.String({ format: 'date-time' }),
  },
  { title: 'Message', description: 'One entry of a thread.', examples: [messageExample] },
)

export const threadToWire = ({ id, metadata, summary, summaryPosition, createdAt, updatedAt, expiresAt }: Thread) => ({
  id,
  object: 'thread' as const,
  metadata,
  created_at: new Date(createdAt).toISOString(),
  updated_at: new Date(updatedAt).toISOString(),
  expires_at: isoOrNull(expiresAt),
  summary: summary === null ? null : { content: summary, position: summaryPosition ?? 0 },
})

export const messageToWire = (message: StoredMessage) => ({
  id: message.id,
  object: 'message' as const,
  thread_id: message.threadId,
  position: message.position,
  run_id: message.runId,
  role: message.role,
  content: message.content,
  created_at: new Date(message.createdAt).toISOString(),
})

export const threadList: Listing<Thread> = {
  name: 'threads',
  position: thread => thread.id,
  pattern: /^thr_[0-9a-f]{32}$/,
}

export const messageList = (threadId: string): Listing<StoredMessage> => ({
  name: `messages ${threadId}`,
  position: message => String(message.position),
  pattern: /^\d{1,9}$/,
})
