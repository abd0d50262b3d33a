import type { Random } from '../../scripts/chaos/random.ts'
import type { WalkedOperation } from '../access/belongings.ts'
import type { Operation } from '../api/openapi-document.ts'
import { hostileText, hostileTexts, hostileValue, mutated } from './hostile.ts'

/** One operation with what its document says of it. */
export interface Target extends WalkedOperation {
  operation: Operation
  /** Ids that are good in its path. */
  ids: string[]
}

/** A request that somebody means ill, or is mistaken, by. */
export interface HostileRequest {
  method: string
  /** With its query. */
  path: string
  headers: Record<string, string>
  body: string | Uint8Array | undefined
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const types = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;',
  'APPLICATION/JSON',
  'application/',
  '',
] as const

export function hostileRequest(random: Random, target: Target, key: string): HostileRequest {
  const { operation } = target
  const method = random.chance(0.05) ? random.pick(methods) : target.method
  const headers: Record<string, string> = { authorization: `Bearer ${random.chance(0.02) ? 'wrong' : key}` }
  for (const { in: where, name } of operation.parameters ?? []) {
    if (where === 'header' && random.chance(0.4)) headers[name] = headerText(random.pick(hostileTexts))
  }
  if (random.chance(0.05)) headers['x-request-id'] = headerText(random.pick(hostileTexts))
  if (random.chance(0.05)) headers.accept = headerText(random.pick(hostileTexts))
  const body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(random, target, headers)
  return { method, path: pathOf(random, target), headers, body }
}

function pathOf(random: Random, { template, operation, ids }: Target): string {
  const [first = 'x', ...more] = ids
  const id = () => (random.chance(0.6) ? random.pick([first, ...more]) : escaped(random, random.pick(hostileTexts)))
  const path = template.replace(/\{\w+\}/g, id)
  const query: string[] = []
  for (const { in: where, name } of operation.parameters ?? []) {
    if (where !== 'query' || !random.chance(0.35)) continue
    const text = random.chance(0.3) ? String(random.pick([0, 1, 50, 500, 501, -1])) : random.pick(hostileTexts)
    query.push(`${name}=${escaped(random, text.slice(0, 3_000))}`)
    // Twice, in brackets, without a value.
    if (random.chance(0.05)) query.push(`${name}=1`, `${name}[]=1`, `${name}[a]=1`, name)
  }
  if (random.chance(0.05)) query.push(`${escaped(random, random.pick(hostileTexts).slice(0, 500))}=1`)
  return query.length === 0 ? path : `${path}?${query.join('&')}`
}

function bodyOf(random: Random, target: Target, headers: Record<string, string>): HostileRequest['body'] {
  if (target.body === undefined && random.chance(0.8)) return undefined
  headers['content-type'] = random.chance(0.93) ? 'application/json' : random.pick(types)
  if (random.chance(0.02)) headers['content-encoding'] = random.pick(['gzip', 'br', 'x'])
  if (random.chance(0.03)) return Uint8Array.from({ length: random.between(1, 300) }, () => random.between(0, 255))
  // Safe: an example is JSON.
  const example = (target.body ?? {}) as Parameters<typeof mutated>[1]
  return hostileText(random, random.chance(0.9) ? mutated(random, example) : hostileValue(random))
}

/** For a path or a query: as a client would write it, as none would, or cut off in the middle. */
function escaped(random: Random, text: string): string {
  const well = encodeURIComponent(text.toWellFormed()).slice(0, 6_000)
  if (random.chance(0.85)) return well
  return random.pick([
    `${well}%`,
    `${well}%zz`,
    `%ff${well}`,
    `%ed%a0%80${well}`,
    `${well}/..`,
    `.${well}`,
    `%2e%2e/${well}`,
  ])
}

/** What a client can put into a header at all: the rest is for raw connections. */
const headerText = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\xa0-\xff]/g, '?').slice(0, 2_000)
