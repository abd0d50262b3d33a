import { t } from 'elysia'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { changeKey, revokeKey } from './change-key.ts'
import { createKey } from './create-key.ts'
import type { KeyContext } from './grant.ts'
import { listKeys, readKey } from './list-keys.ts'
import {
  CreatedKeyObject,
  createdKeyToWire,
  KeyBody,
  KeyObject,
  KeyPatch,
  keyList,
  keySettings,
  keyToWire,
} from './wire.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the key.', examples: ['key_01a20ac7643c74ff917af328c26df1fb'] }),
})

/** `/v1/keys`: of the tenant whose key asks. */
export const keyRoutes = (app: KeyContext) =>
  controller('Keys', '/v1/keys')
    .post(
      '/',
      async ({ actor, body, set }) => {
        const now = app.clock.now()
        const { expiresAt = null, ...settings } = keySettings(body, now)
        const created = await createKey(app, actor, { name: body.name, scopes: body.scopes, expiresAt, ...settings })
        set.status = 201
        set.headers.location = `/v1/keys/${created.key.id}`
        return createdKeyToWire(created, now)
      },
      {
        scope: 'keys:write',
        body: KeyBody,
        response: { 201: CreatedKeyObject },
        detail: {
          operationId: 'createKey',
          summary: 'Make a key',
          description:
            'Of the same tenant as the key that asks, and with no more than that has. It is shown this once.',
          responses: { 201: { description: 'It is made. `location` is its path.' } },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const now = app.clock.now()
        const keys = await listKeys(app, actor, { after: decodeCursor(cursor, keyList), limit: limit + 1 })
        return toPage(keys, limit, keyList, key => keyToWire(key, now))
      },
      {
        scope: 'keys:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(KeyObject) },
        detail: {
          operationId: 'listKeys',
          summary: 'List keys',
          description: 'By age, also those that have ended. The one of BUNKHOUSE_API_KEY is not among them.',
        },
      },
    )
    .get(
      '/:id',
      async ({ actor, params }) => keyToWire(await readKey(app.database, actor, params.id), app.clock.now()),
      {
        scope: 'keys:read',
        params,
        response: { 200: KeyObject },
        detail: { operationId: 'readKey', summary: 'Read a key', description: 'What it may do, and its last use.' },
      },
    )
    .patch(
      '/:id',
      async ({ actor, params, body }) => {
        const now = app.clock.now()
        const change = { name: body.name, ...keySettings(body, now) }
        return keyToWire(await changeKey(app, actor, params.id, change), now)
      },
      {
        scope: 'keys:write',
        params,
        body: KeyPatch,
        response: { 200: KeyObject },
        detail: {
          operationId: 'changeKey',
          summary: 'Change a key',
          description:
            'Within 5 seconds on every process. 403 where it has, or would have, more than the one that asks.',
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await revokeKey(app, actor, params.id)
        set.status = 204
      },
      {
        scope: 'keys:write',
        params,
        detail: {
          operationId: 'revokeKey',
          summary: 'Revoke a key',
          description:
            'At once on this process, within 5 seconds on others. It stays in the list. 404 for a second time.',
          responses: { 204: { description: 'It is refused from now on.' } },
        },
      },
    )
