import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { auditActions } from './action.ts'
import { type AuditRow, chainStart } from './chain.ts'

const example = {
  seq: 1,
  object: 'audit_entry',
  at: '2026-11-23T23:39:29.228Z',
  actor: 'key_01a20ac7643c74ff917af328c26df1fb',
  action: 'agent.saved',
  target: { type: 'agent', id: 'greeter' },
  details: { version: 2, changed: ['instructions'] },
  request_id: 'req_01a20ac7649a76dda24a615a0f5cec06',
  address: '192.0.2.7',
  previous_hash: chainStart,
  hash: '4f1c9a0b7d3e52c68a9b1f2e3d4c5b6a79881706f5e4d3c2b1a09f8e7d6c5b4a',
}

export const AuditEntryObject = t.Object(
  {
    seq: integer({ description: 'Place in the log of all tenants, from 1.' }),
    object: t.Literal('audit_entry'),
    at: t.String({ format: 'date-time' }),
    actor: t.String({
      description: 'Id of a key, `operator` for the command line, or `system` for the service itself.',
    }),
    action: t.String({ description: 'What was done.', examples: [...auditActions].slice(0, 1) }),
    target: t.Object({ type: t.String(), id: t.String() }, { description: 'What it was done to.' }),
    details: t.Any({ description: 'What changed, without anything secret.' }),
    request_id: t.Nullable(t.String({ description: 'As in the access log. Null without a request.' })),
    address: t.Nullable(t.String({ description: 'Where the request came from.' })),
    previous_hash: t.String({ description: 'Hash of the entry before it, of whichever tenant.' }),
    hash: t.String({ description: 'SHA-256 of all the others, in hex.' }),
  },
  { title: 'AuditEntry', description: 'Who did what.', examples: [example] },
)

export const auditToWire = (row: AuditRow) => ({
  seq: row.seq,
  object: 'audit_entry' as const,
  at: new Date(row.at).toISOString(),
  actor: row.actor,
  action: row.action,
  target: { type: row.targetType, id: row.targetId },
  details: JSON.parse(row.details),
  request_id: row.requestId,
  address: row.address,
  previous_hash: row.previousHash,
  hash: row.hash,
})

export const auditList: Listing<AuditRow> = {
  name: 'audit',
  position: row => String(row.seq),
  pattern: /^\d{1,9}$/,
}
