import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { ConfigError } from './config-reader.ts'

type Env = Record<string, string | undefined>

function problemsOf(env: Env): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readConfig({})).toMatchObject({
      environment: 'development',
      host: '0.0.0.0',
      port: 8000,
      database: { dialect: 'sqlite', path: './data/bunkhouse.db' },
      redisUrl: null,
      apiKey: null,
      agentsDir: './agents',
      docs: true,
    })
    expect([...readConfig({}).roles]).toEqual(['api', 'worker', 'scheduler'])
  })

  test('cannot be changed once it was read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true)
  })

  test('takes an empty variable for one that is not set', () => {
    expect(readConfig({ PORT: '', REDIS_URL: ' ', ROLES: '' })).toEqual(readConfig({}))
  })

  test.each([
    ['sqlite:./data/a.db', './data/a.db'],
    ['sqlite:///var/lib/a.db', '/var/lib/a.db'],
    ['file:a.db', 'a.db'],
  ])('reads %p as the file %p', (url, path) => {
    expect(readConfig({ DATABASE_URL: url }).database).toEqual({ dialect: 'sqlite', path })
  })

  test('reads a Postgres URL with its pool', () => {
    const url = 'postgresql://me:pw@host:5432/name'
    expect(readConfig({ DATABASE_URL: url, DATABASE_POOL_SIZE: '3' }).database).toEqual({
      dialect: 'postgres',
      url,
      poolSize: 3,
    })
  })

  test.each([
    ['DATABASE_URL', 'mysql://me@host/name'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DATABASE_URL', 'sqlite:a.db?mode=ro'],
    ['REDIS_URL', 'http://host'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['ROLES', 'api,cook'],
    ['ROLES', ','],
    ['DOCS', 'perhaps'],
    ['LOG_LEVEL', 'loud'],
    ['ENVIRONMENT', 'staging'],
    ['BUNKHOUSE_API_KEY', 'short'],
    ['OPENAI_BASE_URL', 'localhost:8080'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))])
  })

  test('names all that is wrong at once', () => {
    const env = { PORT: 'x', HOST: '::', LOG_LEVEL: 'loud', DRAIN_SECONDS: '-1', REDIS_URL: 'y', ROLES: 'cook,waiter' }
    expect(problemsOf(env).map(problem => problem.split(' ')[0])).toEqual([
      'PORT',
      'REDIS_URL',
      'ROLES',
      'ROLES',
      'DRAIN_SECONDS',
      'LOG_LEVEL',
    ])
  })

  test('never quotes what may hold a secret', () => {
    const env = {
      BUNKHOUSE_API_KEY: 'hunter2',
      DATABASE_URL: 'postgress://user:hunter2@host/name',
      REDIS_URL: 'redis//:hunter2@host',
      OPENAI_BASE_URL: 'ftp://user:hunter2@host',
      ANTHROPIC_BASE_URL: 'hunter2',
    }
    const problems = problemsOf(env)
    expect(problems).toHaveLength(5)
    expect(problems.join('\n')).not.toContain('hunter2')
  })
})

describe('providers', () => {
  const provider = (env: Env, name: string) => readConfig(env).providers.find(known => known.name === name)

  test('openai speaks Responses, and Chat Completions to a server of its own', () => {
    expect(provider({ OPENAI_API_KEY: 'k' }, 'openai')).toEqual({
      name: 'openai',
      protocol: 'openai-responses',
      apiKey: 'k',
    })
    expect(provider({ OPENAI_BASE_URL: 'http://host/v1' }, 'openai')).toMatchObject({
      protocol: 'openai-chat',
      baseUrl: 'http://host/v1',
    })
  })

  test('dashscope needs its key, unless it is another server', () => {
    expect(provider({}, 'dashscope')?.keyRequired).toBe(true)
    expect(provider({ DASHSCOPE_BASE_URL: 'http://host/v1' }, 'dashscope')?.keyRequired).toBe(false)
  })

  test('a base URL of any name makes a provider of that name', () => {
    expect(provider({ MY_LAB_BASE_URL: 'https://host/v1', MY_LAB_API_KEY: 'k' }, 'my-lab')).toEqual({
      name: 'my-lab',
      protocol: 'openai-chat',
      baseUrl: 'https://host/v1',
      apiKey: 'k',
    })
  })

  test('a base URL of another program that is no web address is left alone', () => {
    expect(readConfig({ CDN_BASE_URL: '/static' })).toEqual(readConfig({}))
  })
})

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dir, '../.env.example'), 'utf8')
  const shown = new Map(
    [...text.matchAll(/^# ?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = '', value]) => [name, value]),
  )

  test('names every variable that is read, and no other', () => {
    const read = new Set<string>()
    const spy = new Proxy<Env>(
      {},
      {
        get: (_env, name) => {
          if (typeof name === 'string') read.add(name)
          return undefined
        },
      },
    )
    readConfig(spy)
    expect([...shown.keys()].sort()).toEqual([...read].sort())
  })

  test('shows defaults that are the defaults', () => {
    expect(readConfig(Object.fromEntries(shown))).toEqual(readConfig({}))
  })

  test('says something of each variable', () => {
    const groups = text.split(/\n\s*\n/).filter(group => /^# ?[A-Z][A-Z0-9_]*=/m.test(group))
    for (const group of groups) expect(group).toMatch(/^# [A-Za-z].*[.:]$/m)
  })
})
