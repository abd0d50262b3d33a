import { type Static, t } from 'elysia'
import { invalidField } from '../errors.ts'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { oneOf } from '../http/one-of.ts'
import { nameText } from '../http/params.ts'
import { timeOf } from '../http/time-param.ts'
import { type ApiKey, stateOf } from './api-key.ts'
import type { NewKey } from './create-key.ts'
import { scopes } from './scope.ts'

const closed = { additionalProperties: false }
const example = {
  id: 'key_01a20ac7643c74ff917af328c26df1fb',
  object: 'key',
  name: 'mobile app',
  prefix: 'bh_012345',
  scopes: ['runs:read', 'runs:write'],
  agents: ['support'],
  rate_limit: 120,
  state: 'live',
  created_at: '2026-11-23T23:39:29.212Z',
  expires_at: '2126-11-23T23:39:29.212Z',
  revoked_at: null,
  last_used_at: '2026-11-23T23:41:00.000Z',
}

const settings = {
  agents: t.Optional(
    t.Nullable(
      t.Array(t.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' }), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: 'Names of the agents it may use. Null: all of its tenant.',
      }),
    ),
  ),
  rate_limit: t.Optional(
    t.Nullable(
      integer({ minimum: 1, maximum: 1_000_000, description: 'Requests a minute. Null: as is configured for all.' }),
    ),
  ),
  expires_at: t.Optional(
    t.Nullable(t.String({ maxLength: 40, description: 'ISO time from which on it is refused. Null: never.' })),
  ),
}
const name = nameText({ minLength: 1, maxLength: 128, description: 'For people.' })

export const KeyBody = t.Object(
  {
    name,
    scopes: t.Array(oneOf([...scopes]), {
      minItems: 1,
      maxItems: scopes.length,
      uniqueItems: true,
      description: 'What it may do. `admin` may do everything.',
    }),
    ...settings,
  },
  {
    ...closed,
    title: 'NewKey',
    description: 'No more than the key that asks has itself: scopes, agents, end and rate limit.',
    examples: [
      {
        name: example.name,
        scopes: example.scopes,
        agents: example.agents,
        rate_limit: 120,
        expires_at: example.expires_at,
      },
    ],
  },
)

export const KeyPatch = t.Object(
  { name: t.Optional(name), ...settings },
  {
    ...closed,
    minProperties: 1,
    title: 'KeyChange',
    description: 'What is left out stays. Scopes stay: make another key.',
    examples: [{ rate_limit: 60 }],
  },
)

const key = {
  id: t.String(),
  object: t.Literal('key'),
  name: t.String(),
  prefix: t.String({ description: 'First characters of the key, to recognise it by.' }),
  scopes: t.Array(t.String()),
  agents: t.Nullable(t.Array(t.String(), { description: 'Null: all of its tenant.' })),
  rate_limit: t.Nullable(integer({ description: 'Requests a minute; null: as is configured for all.' })),
  state: oneOf(['live', 'expired', 'revoked'], { description: 'Only a live one is taken.' }),
  created_at: t.String({ format: 'date-time' }),
  expires_at: t.Nullable(t.String({ format: 'date-time' })),
  revoked_at: t.Nullable(t.String({ format: 'date-time' })),
  last_used_at: t.Nullable(t.String({ format: 'date-time', description: 'To the minute, written once a minute.' })),
}

export const KeyObject = t.Object(key, { title: 'Key', description: 'Without the key itself.', examples: [example] })

export const CreatedKeyObject = t.Object(
  { ...key, key: t.String({ description: 'The key, shown this once.' }) },
  {
    title: 'CreatedKey',
    description: 'A key with its secret.',
    examples: [{ ...example, last_used_at: null, key: 'bh_0123456789abcdefghijABCDEFGHIJ0123456789abc' }],
  },
)

/** The request's words as the verbs'. @throws AppError invalid_request for a time that has passed */
export function keySettings(
  { agents, rate_limit: rateLimit, expires_at: text }: Pick<Static<typeof KeyPatch>, keyof typeof settings>,
  now: number,
) {
  const expiresAt = text === null ? null : timeOf('expires_at', text, 'body')
  if (expiresAt != null && expiresAt <= now) throw invalidField('/expires_at', 'It must be in the future.')
  return { agents, rateLimit, expiresAt }
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** `now` in milliseconds. */
export const keyToWire = (key: ApiKey, now: number) => ({
  id: key.id,
  object: 'key' as const,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  agents: key.agents,
  rate_limit: key.rateLimit,
  state: stateOf(key, now),
  created_at: new Date(key.createdAt).toISOString(),
  expires_at: iso(key.expiresAt),
  revoked_at: iso(key.revokedAt),
  last_used_at: iso(key.lastUsedAt),
})

export const createdKeyToWire = ({ key, secret }: NewKey, now: number) => ({ ...keyToWire(key, now), key: secret })

export const keyList: Listing<ApiKey> = { name: 'keys', position: ({ id }) => id, pattern: /^key_[0-9a-f]{32}$/ }
