import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, type Listing, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { deleteSecret, listSecrets, type NamedSecret, putSecret } from './change-secrets.ts'

const name = { pattern: '^[A-Z][A-Z0-9_]{0,63}$' }
const params = t.Object({
  name: t.String({ ...name, description: 'Capital letters, digits and _.', examples: ['API_TOKEN'] }),
})

const SecretObject = t.Object(
  {
    name: t.String(),
    object: t.Literal('secret'),
    created_at: t.String({ format: 'date-time' }),
    updated_at: t.String({ format: 'date-time' }),
  },
  {
    title: 'Secret',
    description: 'A secret by its name. What it is, nobody is shown.',
    examples: [
      {
        name: 'API_TOKEN',
        object: 'secret',
        created_at: '2026-11-23T23:39:29.212Z',
        updated_at: '2026-11-23T23:39:29.212Z',
      },
    ],
  },
)

const SecretBody = t.Object(
  { value: t.String({ minLength: 1, maxLength: 16_384, pattern: '^[^\\u0000]*$', description: 'The secret itself.' }) },
  { additionalProperties: false, title: 'NewSecret', examples: [{ value: 'a token of some service' }] },
)

const secretToWire = ({ name, createdAt, updatedAt }: NamedSecret) => ({
  name,
  object: 'secret' as const,
  created_at: new Date(createdAt).toISOString(),
  updated_at: new Date(updatedAt).toISOString(),
})

const secretList: Listing<NamedSecret> = {
  name: 'secrets',
  position: ({ name }) => name,
  pattern: /^[A-Z][A-Z0-9_]{0,63}$/,
}

/** `/v1/secrets`: what HTTP tools are given by name. */
export const secretRoutes = (app: AppContext) =>
  controller('Secrets', '/v1/secrets')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, secretList)
        return toPage(await listSecrets(app, actor, { after, limit: limit + 1 }), limit, secretList, secretToWire)
      },
      {
        scope: 'secrets:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(SecretObject) },
        detail: { operationId: 'listSecrets', summary: 'List secrets', description: 'Their names alone.' },
      },
    )
    .put(
      '/:name',
      async ({ actor, body, params }) => secretToWire(await putSecret(app, actor, params.name, body.value)),
      {
        scope: 'secrets:write',
        params,
        body: SecretBody,
        response: { 200: SecretObject },
        detail: {
          operationId: 'putSecret',
          summary: 'Keep a secret',
          description: 'In place of the one before. It is sealed by BUNKHOUSE_SECRET_KEY, and shown to nobody again.',
        },
      },
    )
    .delete(
      '/:name',
      async ({ actor, params, set }) => {
        await deleteSecret(app, actor, params.name)
        set.status = 204
      },
      {
        scope: 'secrets:write',
        params,
        detail: {
          operationId: 'deleteSecret',
          summary: 'Forget a secret',
          description: 'Calls of tools that need it fail from then on.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
