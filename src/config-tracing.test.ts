import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { ConfigError } from './config-reader.ts'

type Env = Record<string, string>
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
const tracing = (env: Env) => readConfig({ ...endpoint, ...env }).tracing

function problemsOf(env: Env): string[] {
  try {
    tracing(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('tracing', () => {
  test('is off without an endpoint, whatever else is set', () => {
    expect(readConfig({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }).tracing).toBeNull()
  })

  test.each<Env>([{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])('is off by %p', env => {
    expect(tracing(env)).toBeNull()
  })

  test('has the defaults of OpenTelemetry', () => {
    expect(tracing({})).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      compression: 'none',
      timeoutMs: 10_000,
      resource: { 'service.name': 'bunkhouse' },
      sampler: { name: 'parentbased_always_on', ratio: 1 },
      capturesContent: false,
      valueLength: 32_768,
      queueSize: 2_048,
      batchSize: 512,
      delayMs: 5_000,
    })
  })

  test('reads nothing that .env.example does not name, and has the defaults that it shows', () => {
    const text = readFileSync(join(import.meta.dir, '../.env.example'), 'utf8')
    const shown = new Map([...text.matchAll(/^# (OTEL_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))
    const read = new Set<string>()
    const spy = new Proxy<Record<string, string | undefined>>(endpoint, {
      get: (env, name) => {
        if (typeof name === 'string') read.add(name)
        return Reflect.get(env, name)
      },
    })
    readConfig(spy)
    expect([...read].filter(name => name.startsWith('OTEL_')).sort()).toEqual([...shown.keys()].sort())
    expect(tracing({ ...Object.fromEntries(shown), ...endpoint })).toEqual(tracing({}))
  })

  test.each<[Env, string]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example/otlp/' }, 'https://c.example/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.example/t' }, 'https://c.example/t'],
  ])('of %p goes to %p', (env, url) => {
    expect(tracing(env)?.url).toBe(url)
  })

  test('prefers what is set for traces alone', () => {
    expect(
      tracing({
        OTEL_EXPORTER_OTLP_TIMEOUT: '1',
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2',
        OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=1',
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'b=2%3D',
      }),
    ).toMatchObject({ timeoutMs: 2, compression: 'gzip', headers: { a: '1', b: '2=' } })
  })

  test('takes its name from either variable, and a batch that is no larger than the queue', () => {
    expect(tracing({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,team=b%20c' })?.resource).toEqual({
      'service.name': 'a',
      team: 'b c',
    })
    expect(tracing({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'd' })?.resource).toEqual({
      'service.name': 'd',
    })
    expect(tracing({ OTEL_BSP_MAX_QUEUE_SIZE: '100' })?.batchSize).toBe(100)
  })

  test.each([
    ['true', true],
    ['false', false],
    ['SPAN_ONLY', true],
    ['span_and_event', true],
    ['EVENT_ONLY', false],
    ['NO_CONTENT', false],
  ])('content is recorded by %p: %p', (value, expected) => {
    expect(tracing({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value })?.capturesContent).toBe(expected)
  })

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/json'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'novalue'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
    ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'perhaps'],
  ])('is told about a wrong %s', (name, value) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(`${name} `)
  })

  test('never quotes a header, and knows it for a secret', () => {
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hush-hush,wrong' }
    expect(problemsOf(headers).join()).not.toContain('hush')
    const secrets = readConfig({ ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hush-hush' }).secrets
    expect(secrets).toEqual(['Bearer hush-hush', 'hush-hush'])
  })
})
