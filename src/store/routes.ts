import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import type { Json } from '../json.ts'
import { putItem } from './put-item.ts'
import { deleteItem, getItem, listItems, listNamespaces } from './read-items.ts'
import { searchItems } from './search-items.ts'
import {
  FoundObject,
  foundToWire,
  ItemBody,
  ItemKey,
  ItemObject,
  itemList,
  itemPosition,
  itemToWire,
  Namespace,
  namespaceList,
  SearchBody,
} from './wire.ts'

const one = t.Object({ namespace: Namespace, key: ItemKey }, { additionalProperties: false })
const paged = { limit: limitParam, cursor: cursorParam }

/** `/v1/store`: what is remembered beyond a conversation. */
export const storeRoutes = (app: AppContext) =>
  controller('Store', '/v1/store')
    .get(
      '/',
      async ({ actor, query: { namespace, limit = 50, cursor } }) => {
        const after = itemPosition(decodeCursor(cursor, itemList))
        return toPage(await listItems(app, actor, { namespace, after, limit: limit + 1 }), limit, itemList, itemToWire)
      },
      {
        scope: 'store:read',
        query: t.Object({ namespace: t.Optional(Namespace), ...paged }, { additionalProperties: false }),
        response: { 200: page(ItemObject) },
        detail: {
          operationId: 'listItems',
          summary: 'List items',
          description: 'Of a namespace and of all below it, in the order of their namespaces and keys.',
        },
      },
    )
    .get(
      '/namespaces',
      async ({ actor, query: { namespace, limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, namespaceList)
        const found = await listNamespaces(app, actor, { within: namespace, after, limit: limit + 1 })
        return toPage(found, limit, namespaceList, name => name)
      },
      {
        scope: 'store:read',
        query: t.Object({ namespace: t.Optional(Namespace), ...paged }, { additionalProperties: false }),
        response: { 200: page(t.String({ title: 'Namespace', examples: ['users/ana'] })) },
        detail: {
          operationId: 'listNamespaces',
          summary: 'List namespaces',
          description: 'Those that hold something, in order.',
        },
      },
    )
    .get('/item', async ({ actor, query }) => itemToWire(await getItem(app, actor, query)), {
      scope: 'store:read',
      query: one,
      response: { 200: ItemObject },
      detail: { operationId: 'getItem', summary: 'Read an item', description: 'By its namespace and key.' },
    })
    .put(
      '/item',
      async ({ actor, body: { namespace, key, value, ttl_seconds: ttlSeconds } }) =>
        // Safe: what was parsed from a body is JSON.
        itemToWire(await putItem(app, actor, { namespace, key, value: value as Json, ttlSeconds })),
      {
        scope: 'store:write',
        body: ItemBody,
        response: { 200: ItemObject },
        detail: { operationId: 'putItem', summary: 'Keep an item', description: 'In place of the one before.' },
      },
    )
    .delete(
      '/item',
      async ({ actor, query, set }) => {
        await deleteItem(app, actor, query)
        set.status = 204
      },
      {
        scope: 'store:write',
        query: one,
        detail: {
          operationId: 'deleteItem',
          summary: 'Delete an item',
          description: 'It is found no more.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
    .post(
      '/search',
      async ({ actor, body: { query, namespace, limit = 10 } }) => {
        const found = await searchItems(app, actor, { query, namespace, limit })
        return { object: 'list' as const, data: found.map(foundToWire) }
      },
      {
        scope: 'store:read',
        body: SearchBody,
        response: { 200: FoundObject },
        detail: {
          operationId: 'searchItems',
          summary: 'Search items',
          description:
            'Those in which a word begins as one of the query does, the best first: by FTS5 on SQLite, by a text search vector on Postgres.',
        },
      },
    )
