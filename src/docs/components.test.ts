import { expect, test } from 'bun:test'
import type { Json } from '../json.ts'
import { nameSchemas } from './components.ts'

/** A document whose answers have these schemas. */
const answering = (...schemas: { [key: string]: Json }[]): { [key: string]: Json } => ({
  paths: Object.fromEntries(schemas.map((schema, index) => [`/${index}`, { content: { schema } }])),
})

/** What becomes of a schema. */
function shown(schema: { [key: string]: Json }) {
  return nameSchemas(answering(schema)).paths
}

test('puts a schema with a title among the components once, wherever it is used', () => {
  const run = { title: 'Run', type: 'object', properties: { id: { type: 'string' } } }
  const page = { type: 'array', items: run }
  expect(nameSchemas(answering(run, page))).toEqual({
    paths: {
      '/0': { content: { schema: { $ref: '#/components/schemas/Run' } } },
      '/1': { content: { schema: { type: 'array', items: { $ref: '#/components/schemas/Run' } } } },
    },
    components: { schemas: { Run: { type: 'object', properties: { id: { type: 'string' } } } } },
  })
})

test('refuses two schemas with one title', () => {
  const both = answering({ title: 'Run', type: 'string' }, { title: 'Run', type: 'number' })
  expect(() => nameSchemas(both)).toThrow('Two schemas have the title Run.')
})

test('takes fields called title or schema, and examples, for what they are', () => {
  const problem = {
    type: 'object',
    properties: { title: { type: 'string' }, schema: { type: 'string' }, examples: { type: 'string' } },
  }
  const value = { title: 'Not found', schema: { title: 'Of an example' } }
  expect(shown({ ...problem, examples: [value] })).toEqual({
    '/0': { content: { example: value, schema: { ...problem, examples: [value] } } },
  })
})

test('shows a number of a query as a number, not as the text that it arrives in', () => {
  const schema = { default: 50, anyOf: [{ type: 'string', format: 'integer', default: 0 }, { type: 'integer' }] }
  expect(shown(schema)).toEqual({ '/0': { content: { schema: { type: 'integer', default: 50 } } } })
})

test('shows what may be null as having two types', () => {
  const schema = { nullable: true, anyOf: [{ type: 'string', description: 'A name.' }, { type: 'null' }] }
  expect(shown(schema)).toEqual({
    '/0': { content: { schema: { type: ['string', 'null'], description: 'A name.' } } },
  })
})
