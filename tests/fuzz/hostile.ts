import type { Random } from '../../scripts/chaos/random.ts'
import type { Json } from '../../src/json.ts'

/** Texts that break something somewhere: encodings, SQL, paths, shells, formats, templates, prototypes, numbers. */
export const hostileTexts: readonly [string, ...string[]] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e\u2066x',
  'é'.normalize('NFD'),
  '𝕳'.repeat(50),
  '\u001b[2J',
  'a\r\nset-cookie: x=1',
  "' or '1'='1",
  "'; drop table runs; --",
  '"; select pg_sleep(5); --',
  "\\'; delete from agents; --",
  '%',
  '_',
  '%_%\\',
  '$1',
  '?1',
  ':name',
  '{}',
  '[]',
  'null',
  'undefined',
  'NaN',
  'true',
  '-1',
  '0',
  '1e308',
  '1e999',
  '9007199254740993',
  '99999999999999999999999999',
  '-9223372036854775809',
  '0x10',
  '١٢٣',
  '../../../../etc/passwd',
  '..%2f..%2f',
  '..\\..\\windows',
  '/etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  'javascript:alert(1)',
  '<script>alert(1)</script>',
  '{{7*7}}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what is meant is the text
  '${jndi:ldap://x/y}',
  '$(id)',
  '`id`',
  '|id',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '%s%n%x',
  '2026-13-45T99:99:99Z',
  '2026-02-30',
  '0000-00-00T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '1970-01-01T00:00:00+99:99',
  'Europe/Nowhere',
  '@every 0s',
  '@every 1e9h',
  '* * * * * * * *',
  '*/0 * * * *',
  '99 99 99 99 99',
  '1-0 * * * *',
  'echo',
  'default',
  'a'.repeat(256),
  'x'.repeat(20_000),
  'ß'.repeat(5_000),
  'key_00000000000000000000000000000000',
  'run_ffffffffffffffffffffffffffffffff',
  'eyJhIjoxfQ',
  'bnVsbA==',
  btoa('["runs","x"]'),
]

const numbers: readonly [number, ...number[]] = [
  0,
  -0,
  -1,
  1,
  0.1,
  1.5,
  255,
  256,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e308,
  5e-324,
]

/** Any JSON value nobody expects. */
export function hostileValue(random: Random, depth = 0): Json {
  switch (random.between(0, depth > 3 ? 4 : 7)) {
    case 0:
      return random.pick(hostileTexts)
    case 1:
      return random.pick(numbers)
    case 2:
      return null
    case 3:
      return random.chance(0.5)
    case 4:
      return random.pick(hostileTexts) + random.pick(hostileTexts)
    case 5:
      return Array.from({ length: random.between(0, 4) }, () => hostileValue(random, depth + 1))
    case 6:
      return nested(random.pick([3, 50, 199, 201, 400]), random.chance(0.5))
    default:
      return hostileObject(random, depth + 1)
  }
}

function hostileObject(random: Random, depth: number): Json {
  const entries: [string, Json][] = Array.from({ length: random.between(0, 4) }, () => [
    random.pick(hostileTexts),
    hostileValue(random, depth),
  ])
  // Made of entries: `__proto__` is a key of its own here, as JSON.parse makes it.
  return Object.fromEntries(entries)
}

function nested(levels: number, inObjects: boolean): Json {
  let value: Json = 1
  for (let level = 0; level < levels; level++) value = inObjects ? { a: value } : [value]
  return value
}

/** An example with a few of its parts changed, left out or put in. */
export function mutated(random: Random, example: Json): Json {
  if (random.chance(0.15)) return hostileValue(random)
  if (Array.isArray(example)) {
    if (random.chance(0.1)) return Array(random.pick([0, 1_001, 5_000])).fill(example[0] ?? null)
    return example.map(item => (random.chance(0.4) ? mutated(random, item) : item))
  }
  if (typeof example === 'object' && example !== null) {
    const entries = Object.entries(example).flatMap(([key, value]): [string, Json][] => {
      if (random.chance(0.08)) return []
      if (random.chance(0.05)) return [[random.pick(hostileTexts), value ?? null]]
      return [[key, random.chance(0.35) ? mutated(random, value ?? null) : (value ?? null)]]
    })
    if (random.chance(0.15)) entries.push([random.pick(hostileTexts), hostileValue(random)])
    return Object.fromEntries(entries)
  }
  if (typeof example === 'string' && random.chance(0.3)) return example + random.pick(hostileTexts)
  if (typeof example === 'number' && random.chance(0.5)) return random.pick(numbers)
  return hostileValue(random)
}

/** Text that is to be a JSON body: of a value, or broken. */
export function hostileText(random: Random, value: Json): string {
  const text = JSON.stringify(value)
  if (random.chance(0.9)) return text
  switch (random.between(0, 5)) {
    case 0:
      return text.slice(0, random.between(0, text.length))
    case 1:
      return `${text}${text}`
    case 2:
      return text.replaceAll('"', "'")
    case 3:
      return '['.repeat(random.pick([10, 1_000, 100_000]))
    case 4:
      return text.replace(/:/, ':1e99999,"x":')
    default:
      return `{"__proto__":{"scopes":["admin"]},${text.slice(1)}`
  }
}
