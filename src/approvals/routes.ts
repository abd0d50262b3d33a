import { type Static, t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { controller, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso } from '../http/iso-time.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { makeLink, noteLink } from './links.ts'
import { countApprovals, getApproval, listApprovals } from './read-approvals.ts'
import { resolveApproval } from './resolve-approval.ts'
import {
  ApprovalObject,
  approvalList,
  approvalToWire,
  DecisionBody,
  decisionOf,
  KindSchema,
  StateSchema,
} from './wire.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the approval.', examples: ['apr_01a20ac7643c74ff917af328c26df1fb'] }),
})
const LinkBody = t.Nullable(
  t.Object(
    {
      expires_in_seconds: t.Optional(
        t.Integer({ minimum: 60, maximum: 2_592_000, default: 604_800, description: 'At most until its deadline.' }),
      ),
    },
    { additionalProperties: false, title: 'NewLink' },
  ),
  { examples: [{ expires_in_seconds: 86_400 }] },
)
const LinkObject = t.Object(
  { url: t.String(), expires_at: t.String({ format: 'date-time' }) },
  {
    title: 'ApprovalLink',
    examples: [{ url: 'https://agents.example.com/approve?token=djEu…', expires_at: '2026-12-03T09:39:29.212Z' }],
  },
)
const filters = {
  state: t.Optional(StateSchema),
  kind: t.Optional(KindSchema),
  agent: t.Optional(t.String({ description: 'Only those of this agent.' })),
  run_id: t.Optional(t.String({ description: 'Only those of this run.' })),
  thread_id: t.Optional(t.String({ description: 'Only those of runs on this thread.' })),
}
const Filters = t.Object(filters, { additionalProperties: false })

const filterOf = ({ state, kind, agent, run_id, thread_id }: Static<typeof Filters>) => {
  return { state, kind, agent, runId: run_id, threadId: thread_id }
}

/** `/v1/approvals`: what waits for a person, over all runs. */
export const approvalRoutes = (app: AppContext) =>
  controller('Approvals', '/v1/approvals')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor, ...filter } }) => {
        const after = decodeCursor(cursor, approvalList)
        const found = await listApprovals(app, actor, filterOf(filter), { after, limit: limit + 1 })
        return toPage(found, limit, approvalList, approvalToWire)
      },
      {
        scope: 'approvals:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam, ...filters }, { additionalProperties: false }),
        response: { 200: page(ApprovalObject) },
        detail: {
          operationId: 'listApprovals',
          summary: 'List approvals',
          description: 'The newest first. Calls of tools that callers run are among them only with `kind=client_tool`.',
        },
      },
    )
    .post(
      '/:id/links',
      async ({ actor, params, body, request, set }) => {
        const approval = await getApproval(app.database, actor, params.id)
        if (approval.state !== 'pending') throw new AppError('conflict', `Approval ${params.id} is ${approval.state}.`)
        const ttlMs = body?.expires_in_seconds === undefined ? undefined : body.expires_in_seconds * 1_000
        const { url, expiresAt } = await makeLink(app, approval, ttlMs)
        await noteLink(app, withRequest(actor, request), { id: params.id, expiresAt })
        set.status = 201
        return { url, expires_at: iso(expiresAt) }
      },
      {
        scope: 'approvals:write',
        params,
        body: LinkBody,
        response: { 201: LinkObject },
        detail: {
          operationId: 'createApprovalLink',
          summary: 'Make a link to decide by',
          description:
            'Whoever has it decides on this approval without a key, on a page of its own; opening it decides nothing. It is good until its time is over, and for nothing else.',
        },
      },
    )
    .get('/count', async ({ actor, query }) => ({ count: await countApprovals(app, actor, filterOf(query)) }), {
      scope: 'approvals:read',
      query: Filters,
      response: { 200: t.Object({ count: integer() }, { examples: [{ count: 3 }] }) },
      detail: {
        operationId: 'countApprovals',
        summary: 'Count approvals',
        description: 'With the filters of the list: `state=pending` is what waits for somebody.',
      },
    })
    .get('/:id', async ({ actor, params }) => approvalToWire(await getApproval(app.database, actor, params.id)), {
      scope: 'approvals:read',
      params,
      response: { 200: ApprovalObject },
      detail: {
        operationId: 'readApproval',
        summary: 'Read an approval',
        description: 'What is asked, and what became of it.',
      },
    })
    .post(
      '/:id/resolve',
      async ({ actor, body, params, request }) =>
        approvalToWire(await resolveApproval(app, withRequest(actor, request), params.id, decisionOf(body))),
      {
        scope: 'approvals:write',
        params,
        body: DecisionBody,
        response: { 200: ApprovalObject },
        detail: {
          operationId: 'resolveApproval',
          summary: 'Decide on an approval',
          description: 'The run goes on once all that it waits for is decided. 409 where somebody has decided before.',
        },
      },
    )
