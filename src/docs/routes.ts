import { type AnyElysia, Elysia, t } from 'elysia'
import { notFound } from '../errors.ts'
import { noteRoute } from '../http/controller.ts'
import type { Documentation } from './document.ts'

/**
 * `/swagger`: the page, the document it shows and the files it loads, open to everybody.
 * @param root the app to describe, complete when the first request comes
 */
export const docsRoutes = (root: () => AnyElysia, version: string) => {
  let loading: Promise<Documentation> | undefined
  // At the first request, as a start has better things to do.
  const load = () => (loading ??= import('./document.ts').then(docs => docs.documentRoutes(root(), version)))

  return new Elysia({ name: 'docs', prefix: '/swagger', tags: ['Operations'], normalize: false })
    .onTransform(({ request, route }) => noteRoute(request, route))
    .get('/', ({ request }) => (isBelow(request) ? toPage() : answerPage(load())), {
      detail: {
        operationId: 'readPage',
        summary: 'This page',
        description: 'Everything it loads comes from this process. `DOCS=off` hides it, with the document.',
        security: [],
        responses: {
          200: {
            description: 'The page.',
            content: { 'text/html': { schema: { type: 'string' }, example: '<!DOCTYPE html>…' } },
          },
        },
      },
    })
    .get('/json', async () => new Response((await load()).text, { headers: { 'content-type': 'application/json' } }), {
      detail: {
        operationId: 'readDocument',
        summary: 'This description as an OpenAPI document',
        description: '`bunkhouse openapi` prints the same.',
        security: [],
      },
      response: t.Object(
        { openapi: t.String(), info: t.Any(), paths: t.Any() },
        {
          description: 'OpenAPI 3.1.',
          examples: [{ openapi: '3.1.0', info: { title: 'Bunkhouse', version }, paths: {} }],
        },
      ),
    })
    .get(
      '/assets/:file',
      async ({ params: { file }, request }) => {
        const { answerAsset } = await import('./assets.ts')
        const asset = answerAsset(file, request)
        if (!asset) throw notFound('asset', file)
        return asset
      },
      { detail: { hide: true } },
    )
}

/** Below `/swagger/` the page's relative addresses would lead elsewhere. */
const isBelow = (request: Request): boolean => new URL(request.url).pathname.endsWith('/')
const toPage = (): Response => new Response(null, { status: 308, headers: { location: '../swagger' } })

async function answerPage(loading: Promise<Documentation>): Promise<Response> {
  const { html, policy } = (await loading).page
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  })
}
