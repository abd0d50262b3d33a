import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { guardedFetch, urlFault } from '../egress/guarded-fetch.ts'
import { EgressBlocked } from '../egress/policy.ts'
import { AppError, invalidField } from '../errors.ts'
import { controller } from '../http/controller.ts'
import type { Json } from '../json.ts'
import { importTools } from './openapi/import-tools.ts'
import { readAnswer } from './read-answer.ts'

const patienceMs = 20_000

const ImportBody = t.Object(
  {
    document: t.Optional(t.Any({ description: 'The document itself, as JSON. Either this or `url`.' })),
    url: t.Optional(t.String({ maxLength: 4_000, description: 'Where it is, as JSON or YAML.' })),
    operations: t.Optional(
      t.Array(t.String({ maxLength: 1_000 }), {
        maxItems: 128,
        description: 'Ids, or `METHOD /path`, of those wanted. Without: all.',
        examples: [['getOrder', 'POST /refunds']],
      }),
    ),
    server: t.Optional(
      t.String({ pattern: '^https?://[^/?#{}]+', maxLength: 1_000, description: 'Instead of what the document says.' }),
    ),
    headers: t.Optional(
      t.Record(t.String({ maxLength: 100 }), t.String({ maxLength: 4_000 }), {
        maxProperties: 50,
        description: 'Sent with every request; `{{NAME}}` stands for a secret.',
        examples: [{ authorization: 'Bearer {{API_TOKEN}}' }],
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'OpenapiImport',
    examples: [
      {
        document: {
          openapi: '3.1.0',
          servers: [{ url: 'https://api.example.com' }],
          paths: { '/orders/{id}': { get: { operationId: 'getOrder', parameters: [{ name: 'id', in: 'path' }] } } },
        },
        operations: ['getOrder'],
      },
    ],
  },
)

const ImportedObject = t.Object(
  {
    tools: t.Array(t.Any(), { description: 'For `tools` of an agent.' }),
    left_out: t.Array(t.Object({ operation: t.String(), reason: t.String() }), {
      description: 'Operations that cannot be tools.',
    }),
  },
  { title: 'ImportedTools', examples: [{ tools: [], left_out: [] }] },
)

/** `/v1/tools/openapi`: tools made of a document, to be put into agents. */
export const toolRoutes = (app: AppContext) =>
  controller('Tools', '/v1/tools').post(
    '/openapi',
    async ({ body: { document, url, ...wanted } }) => {
      if ((document === undefined) === (url === undefined)) throw invalidField('/document', 'Send it, or its url.')
      const read = url === undefined ? (document as Json) : await fetchDocument(app, url) // it came as JSON
      const { tools, leftOut } = importTools({ ...wanted, document: read, documentUrl: url })
      return { tools, left_out: leftOut }
    },
    {
      scope: 'agents:write',
      body: ImportBody,
      response: { 200: ImportedObject },
      detail: {
        operationId: 'importTools',
        summary: 'Make tools of an OpenAPI document',
        description:
          'Each operation becomes a tool: its parameters and JSON body are the input schema. Nothing is kept: put those you want into an agent.',
      },
    },
  )

/** @throws AppError invalid_request where it cannot be had */
async function fetchDocument({ egress }: Pick<AppContext, 'egress'>, url: string): Promise<Json> {
  const fault = urlFault(url, egress)
  if (fault !== null) throw invalidField('/url', fault)
  try {
    const request = { method: 'GET', redirects: 3, signal: AbortSignal.timeout(patienceMs), headers: {} }
    const { status, text } = await readAnswer(await guardedFetch(url, request, egress))
    if (status !== 200) throw invalidField('/url', `It was answered by ${status}.`)
    return Bun.YAML.parse(text) as Json // JSON is YAML, too
  } catch (error) {
    if (error instanceof AppError) throw error
    const reason =
      error instanceof EgressBlocked || error instanceof SyntaxError ? error.message : 'it could not be read.'
    throw invalidField('/url', `The document was not had: ${reason}`)
  }
}
