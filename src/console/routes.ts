import { Elysia, t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError, notFound } from '../errors.ts'
import { noteRoute, requestFacts } from '../http/controller.ts'
import type { KnownKey } from '../keys/key-ring.ts'
import { consolePage } from './html.ts'
import { pageFiles } from './page-files.ts'
import type { SessionBook } from './session-book.ts'
import { requireOwnPage, sessionEnded } from './session-caller.ts'
import { endedCookie, sessionCookie, sessionIn } from './session-cookie.ts'

const hidden = { detail: { hide: true } }
const monthSeconds = 31 * 24 * 3_600

/** `/console`: the page, what it loads, and who is signed in. The page speaks with the same API as everybody. */
export const consoleRoutes = ({ config }: Pick<AppContext, 'config'>, sessions: SessionBook) =>
  new Elysia({ name: 'console', normalize: false })
    .onTransform(({ request, route }) => noteRoute(request, route))
    .get('/console', page, hidden)
    .get('/console/*', page, hidden)
    .get('/console/assets/:file', ({ params, request }) => answerFile(params.file, request), hidden)
    .get(
      '/console/session',
      async ({ request }) => {
        const token = sessionIn(request)
        if (token === null) throw new AppError('unauthorized', 'Nobody is signed in.')
        const key = await sessions.find(token)
        if (!key) throw new AppError('unauthorized', sessionEnded)
        return who(key, config.version)
      },
      hidden,
    )
    .post(
      '/console/session',
      async ({ body, request }) => {
        requireOwnPage(request)
        const begun = 'setup' in body ? await sessions.redeem(body.setup) : await sessions.begin(body.key)
        if (!begun)
          throw new AppError(
            'unauthorized',
            'setup' in body
              ? 'The link was used already, or its time is over. Sign in with a key.'
              : 'The key is not known, or it has expired or been revoked.',
          )
        const facts = requestFacts(request)
        const isSecure =
          facts?.addresses.isSecure(facts.received, facts.server) === true ||
          config.publicUrl?.startsWith('https:') === true
        return Response.json(who(begun.key, config.version), {
          headers: { 'set-cookie': sessionCookie(begun.token, isSecure) },
        })
      },
      {
        ...hidden,
        body: t.Union([
          t.Object({ key: t.String({ minLength: 1, maxLength: 200 }) }, { additionalProperties: false }),
          t.Object({ setup: t.String({ minLength: 1, maxLength: 200 }) }, { additionalProperties: false }),
        ]),
      },
    )
    .delete(
      '/console/session',
      async ({ request }) => {
        requireOwnPage(request)
        const token = sessionIn(request)
        if (token !== null) await sessions.end(token)
        return new Response(null, { status: 204, headers: { 'set-cookie': endedCookie } })
      },
      hidden,
    )

const page = async () => consolePage(await pageFiles())

const who = ({ id, name, tenantId, scopes, agents }: KnownKey, version: string) => ({
  key_id: id,
  key_name: name,
  tenant_id: tenantId,
  scopes,
  agents,
  version,
})

async function answerFile(name: string, request: Request): Promise<Response> {
  const { files } = await pageFiles()
  const file = Object.hasOwn(files, name) ? files[name] : undefined
  if (!file) throw notFound('asset', name)
  const headers = {
    'content-type': file.type,
    // Its name tells what is in it.
    'cache-control': `public, max-age=${monthSeconds}, immutable`,
    vary: 'accept-encoding',
  }
  const bytes = Buffer.from(file.gzip, 'base64')
  if (/\bgzip\b/.test(request.headers.get('accept-encoding') ?? ''))
    return new Response(bytes, { headers: { ...headers, 'content-encoding': 'gzip' } })
  return new Response(Bun.gunzipSync(bytes), { headers })
}
