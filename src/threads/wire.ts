import { t } from 'elysia'
import { integer } from '../http/integer.ts'
import { Metadata } from '../runs/wire.ts'
import type { StoredMessage, Thread } from './thread.ts'

export const ThreadBody = t.Object({ metadata: t.Optional(Metadata) }, { additionalProperties: false })
export const ThreadPatch = t.Object({ metadata: Metadata }, { additionalProperties: false })

export const ThreadObject = t.Object(
  {
    id: t.String({ examples: ['thr_019aaf5c7d3e7000b3c1a2f4e5d60718'] }),
    object: t.Literal('thread'),
    metadata: t.Any(),
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
  },
  { description: 'An ordered conversation.' },
)

export const MessageObject = t.Object({
  id: t.String(),
  object: t.Literal('message'),
  thread_id: t.String(),
  position: integer({ description: 'Place in the thread, from 1.' }),
  run_id: t.Nullable(t.String({ description: 'The run that added it.' })),
  role: t.String(),
  content: t.Any(),
  created_at: t.String({ format: 'date-time' }),
})

export const threadToWire = ({ id, metadata, createdAt, updatedAt }: Thread) => ({
  id,
  object: 'thread' as const,
  metadata,
  created_at: new Date(createdAt).toISOString(),
  updated_at: new Date(updatedAt).toISOString(),
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
