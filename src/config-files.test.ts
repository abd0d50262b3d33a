import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { ConfigError } from './config-reader.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-secrets-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(text: string): Promise<string> {
  const path = join(folder, crypto.randomUUID())
  await Bun.write(path, text)
  return path
}

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('a secret from a file', () => {
  test('is the variable, without the line end', async () => {
    const url = 'postgres://bunkhouse:hunter2@postgres:5432/bunkhouse'
    const config = readConfig({
      DATABASE_URL_FILE: await file(`${url}\n`),
      REDIS_URL_FILE: await file('redis://:hunter3@redis:6379'),
      BUNKHOUSE_API_KEY_FILE: await file('a-key-of-some-length\n'),
    })
    expect(config.database).toMatchObject({ dialect: 'postgres', url })
    expect(config.redisUrl).toBe('redis://:hunter3@redis:6379')
    expect(config.apiKey).toBe('a-key-of-some-length')
    expect(config.secrets).toEqual(expect.arrayContaining(['hunter2', 'hunter3', 'a-key-of-some-length']))
  })

  test('is a key of a provider, also of one that a base URL makes', async () => {
    const { providers } = readConfig({
      ANTHROPIC_API_KEY_FILE: await file('k1'),
      GROQ_BASE_URL: 'https://groq.example/v1',
      GROQ_API_KEY_FILE: await file('k2'),
    })
    expect(providers.find(({ name }) => name === 'anthropic')?.apiKey).toBe('k1')
    expect(providers.find(({ name }) => name === 'groq')?.apiKey).toBe('k2')
  })

  test('counts as not set where the file has nothing in it', async () => {
    expect(readConfig({ OPENAI_API_KEY_FILE: await file('\n') }).providers).toEqual(readConfig({}).providers)
  })

  test('is refused where the file is not there, and says which', () => {
    expect(problemsOf({ DATABASE_URL_FILE: '/nowhere/url' })).toEqual([
      'DATABASE_URL cannot be read from the file of DATABASE_URL_FILE, "/nowhere/url": ENOENT',
    ])
  })

  test('is refused beside the variable itself', async () => {
    expect(
      problemsOf({ BUNKHOUSE_API_KEY: 'a'.repeat(16), BUNKHOUSE_API_KEY_FILE: await file('b'.repeat(16)) }),
    ).toEqual(['BUNKHOUSE_API_KEY is set, and BUNKHOUSE_API_KEY_FILE too: take one of them'])
  })

  test('never shows what is in the file', async () => {
    const problems = problemsOf({ REDIS_URL_FILE: await file('http://:hunter2@host') })
    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL must be a URL/)])
    expect(problems.join()).not.toContain('hunter2')
  })

  test('of another program is left alone', () => {
    expect(problemsOf({ AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token', PORT_FILE: '/nowhere/port' })).toEqual([])
  })
})
