import { describe, expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { z } from 'zod'
import * as mini from 'zod/mini'
import type { JsonSchema } from '../define.ts'
import { toolSchema } from './schema.ts'

const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ type: 'object', properties, ...more })

describe('a JSON Schema', () => {
  test('lets a value through that fits it', async () => {
    const { validate } = await toolSchema(object({ city: { type: 'string' } }, { required: ['city'] }))
    expect(await validate({ city: 'Oslo' })).toEqual({ ok: true, value: { city: 'Oslo' } })
  })

  test('names every place where a value does not fit', async () => {
    const { validate } = await toolSchema(
      object(
        { days: { type: 'array', items: { type: 'integer' } }, unit: { enum: ['c', 'f'] } },
        { required: ['city'], additionalProperties: false },
      ),
    )
    expect(await validate({ days: [1, 'two'], unit: 'k', extra: 1 })).toEqual({
      ok: false,
      issues: [
        { path: '', message: "must have required property 'city'" },
        { path: '', message: 'must NOT have additional properties: "extra"' },
        { path: '/days/1', message: 'must be integer' },
        { path: '/unit', message: 'must be equal to one of the allowed values: ["c","f"]' },
      ],
    })
  })

  test('is read by the rules of the draft it names', async () => {
    const pair = { prefixItems: [{ type: 'string' }] }
    const old = { type: 'array', items: [{ type: 'string' }] }
    const recent = await toolSchema(
      object({ pair }, { $schema: 'https://json-schema.org/draft/2020-12/schema', unevaluatedProperties: false }),
    )
    const seventh = await toolSchema(object({ old }, { $schema: 'http://json-schema.org/draft-07/schema#' }))
    expect((await recent.validate({ pair: [1] })).ok).toBe(false)
    expect((await recent.validate({ other: 1 })).ok).toBe(false)
    expect((await seventh.validate({ old: [1] })).ok).toBe(false)
    expect((await seventh.validate({ old: ['a'] })).ok).toBe(true)
  })

  test('may refer to itself, and two may have the same $id', async () => {
    const node = (): JsonSchema =>
      object(
        { next: { $ref: 'Node' }, size: { $ref: '#/$defs/size' } },
        { $id: 'Node', $defs: { size: { type: 'number' } } },
      )
    for (const { validate } of [await toolSchema(node()), await toolSchema(node())]) {
      expect(await validate({ next: { next: { size: 'big' } } })).toEqual({
        ok: false,
        issues: [{ path: '/next/next/size', message: 'must be number' }],
      })
    }
  })

  test('made by TypeBox is shown to the model without its symbols', async () => {
    const { jsonSchema, validate } = await toolSchema(Type.Object({ city: Type.String() }))
    expect(Object.getOwnPropertySymbols(jsonSchema)).toEqual([])
    expect(jsonSchema).toEqual({ type: 'object', required: ['city'], properties: { city: { type: 'string' } } })
    expect((await validate({})).ok).toBe(false)
  })

  test.each<[string, JsonSchema, string]>([
    ['of an unknown type', object({ a: { type: 'text' } }), 'type must be JSONType'],
    ['with a property that is no schema', object({ a: 'string' }), 'properties.a must be a schema'],
    ['with a reference to nowhere', object({ a: { $ref: '#/nope' } }), "can't resolve reference #/nope"],
    ['with a broken pattern', object({ a: { pattern: '(' } }), 'Invalid regular expression'],
    ['of an unknown draft', object({}, { $schema: 'http://json-schema.org/draft-04/schema#' }), 'unsupported $schema'],
    ['that is asynchronous', object({}, { $async: true }), '$async is not supported'],
    ['of something else than an object', { type: 'string' }, '`type: "object"`'],
    ['that is a bare map of properties', { city: { type: 'string' } }, '`type: "object"`'],
  ])('%s is refused', async (_what, schema, reason) => {
    await expect(toolSchema(schema)).rejects.toThrow(reason)
  })
})

describe('a Standard Schema', () => {
  test('of zod is described by zod itself, as what goes in', async () => {
    const { jsonSchema } = await toolSchema(z.object({ city: z.string(), days: z.number().default(3) }))
    expect(jsonSchema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'number', default: 3 } },
      required: ['city'],
    })
  })

  test('gives the value it made of the input', async () => {
    const { validate } = await toolSchema(z.object({ city: z.string().trim(), days: z.number().default(3) }))
    expect(await validate({ city: ' Oslo ' })).toEqual({ ok: true, value: { city: 'Oslo', days: 3 } })
  })

  test('gives the paths of its issues as JSON pointers', async () => {
    const { validate } = await toolSchema(z.object({ 'a/b': z.array(z.object({ c: z.number() })) }))
    expect(await validate({ 'a/b': [{ c: 1 }, { c: 'x' }] })).toMatchObject({
      ok: false,
      issues: [{ path: '/a~1b/1/c' }],
    })
  })

  test('may check asynchronously', async () => {
    const { validate } = await toolSchema(z.object({ city: z.string().refine(async city => city !== 'Nowhere') }))
    expect((await validate({ city: 'Oslo' })).ok).toBe(true)
    expect((await validate({ city: 'Nowhere' })).ok).toBe(false)
  })

  test('converted by zod beforehand works too, also that of zod/mini', async () => {
    const { jsonSchema, validate } = await toolSchema({ ...z.toJSONSchema(mini.object({ city: mini.string() })) })
    expect(jsonSchema).toMatchObject({ type: 'object', required: ['city'] })
    expect((await validate({ city: 1 })).ok).toBe(false)
  })

  test('that is a function with its own conversion is used by it', async () => {
    const described = { type: 'object', properties: { city: { type: 'string' } } }
    const schema = Object.assign(() => undefined, {
      toJsonSchema: () => described,
      '~standard': { version: 1, vendor: 'own', validate: (value: unknown) => ({ value }) } as const,
    })
    expect((await toolSchema(schema)).jsonSchema).toEqual(described)
  })

  test('that cannot describe itself is refused with what to do instead', async () => {
    await expect(toolSchema(mini.object({ city: mini.string() }))).rejects.toThrow('Use zod 4.2 or later')
    await expect(toolSchema(bare('valibot'))).rejects.toThrow('toStandardJsonSchema of @valibot/to-json-schema')
    await expect(toolSchema(bare('other'))).rejects.toThrow('Pass a JSON Schema object instead')
  })

  test('with a type that JSON does not have is refused with the reason of its library', async () => {
    await expect(toolSchema(z.object({ when: z.date() }))).rejects.toThrow(
      'zod cannot turn it into JSON Schema: Date cannot be represented in JSON Schema',
    )
  })

  test('of something else than an object is refused', async () => {
    await expect(toolSchema(z.string())).rejects.toThrow('`type: "object"`')
  })
})

const bare = (vendor: string) => ({
  '~standard': { version: 1, vendor, validate: (value: unknown) => ({ value }) } as const,
})
