import { Elysia, t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { readBytes } from '../http/body.ts'
import { noteRoute, withRequest } from '../http/controller.ts'
import type { Approval } from './approval.ts'
import { decidingPage, filledIn, linkPagePolicy, tellingPage } from './link-page.ts'
import { linkPath, openLink } from './links.ts'
import { getApproval } from './read-approvals.ts'
import { resolveApproval } from './resolve-approval.ts'
import { decisionOf } from './wire.ts'

const longestForm = 256 * 1024

/** `/approve`: where a link leads. Its token is all that is needed, and good for one approval alone. */
export const linkRoutes = (app: AppContext) =>
  new Elysia({ name: 'links', tags: ['Approvals'], normalize: false })
    .onTransform(({ request, route }) => noteRoute(request, route))
    .onParse(async ({ request }) => new URLSearchParams(Buffer.from(await readBytes(request, longestForm)).toString()))
    .get(linkPath, ({ query: { token = '' } }) => answered(() => ask(app, token, null)), {
      query: t.Object({ token: t.Optional(t.String({ maxLength: 4_000 })) }),
      detail: { hide: true },
    })
    .post(
      linkPath,
      ({ body, request }) => answered(() => decide(app, body instanceof URLSearchParams ? body : null, request)),
      {
        detail: { hide: true },
      },
    )

type Needs = AppContext

interface Shown {
  status: number
  html: string
}

/** Whoever follows a link reads pages, also of what went wrong. */
async function answered(work: () => Promise<Shown>): Promise<Response> {
  const { status, html } = await work().catch((error: unknown): Shown => {
    if (!(error instanceof AppError) || error.status >= 500) throw error
    return { status: error.status, html: tellingPage('This cannot be decided here', error.message) }
  })
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': linkPagePolicy,
      'cache-control': 'no-store',
    },
  })
}

async function ask(app: Needs, token: string, wrong: string | null): Promise<Shown> {
  const { tenantId, approvalId } = await openLink(app, token)
  const approval = await getApproval(app.database, { tenantId, keyId: null }, approvalId)
  if (approval.state !== 'pending') return { status: 200, html: tellingPage('Already decided', outcomeOf(approval)) }
  return { status: wrong === null ? 200 : 422, html: decidingPage({ approval, token, wrong }) }
}

async function decide(app: Needs, sent: URLSearchParams | null, request: Request): Promise<Shown> {
  const token = sent?.get('token') ?? ''
  const { tenantId, approvalId } = await openLink(app, token)
  const actor = withRequest({ tenantId, keyId: null, isLink: true as const }, request)
  const approval = await getApproval(app.database, actor, approvalId)
  if (approval.state !== 'pending' || !sent) return ask(app, token, null)
  try {
    const decided = await resolveApproval(app, actor, approvalId, decisionOf(decisionSent(approval, sent)))
    return { status: 200, html: tellingPage('Thank you', outcomeOf(decided)) }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_request') throw error
    return ask(
      app,
      token,
      error.errors?.map(({ path, message }) => `${path.slice(1)}: ${message}`).join(' ') ?? error.message,
    )
  }
}

type Decided = Parameters<typeof decisionOf>[0]

/** @throws AppError invalid_request */
function decisionSent({ kind, form }: Approval, sent: URLSearchParams): Decided {
  const action = sent.get('action') as Decided['action'] // what it is not, decisionOf and resolveApproval refuse
  const reason = sent.get('reason')
  switch (action) {
    case 'approve': {
      const answer = filledIn(form, sent)
      return { action, ...(answer !== undefined && { answer }) }
    }
    case 'done':
      return { action, output: kind === 'question' ? filledIn(form, sent) : (sent.get('output') ?? '') }
    case 'run_again':
      return { action }
    default:
      return { action: action === 'fail' ? 'fail' : 'deny', ...(reason && { reason }) }
  }
}

function outcomeOf({ state, decision }: Approval): string {
  if (state !== 'resolved') return state === 'expired' ? 'Its time was over.' : 'The run has ended.'
  switch (decision?.action) {
    case 'approve':
      return 'It was approved.'
    case 'done':
      return 'It was answered.'
    case 'run_again':
      return 'It is run again.'
    case 'fail':
      return 'The run was ended.'
    default:
      return 'It was refused.'
  }
}
