import { afterEach, beforeEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { shownRun } from '../lifecycle/runs.ts'
import { OtlpReceiver } from '../support/otlp/receiver.ts'
import { type Service, type ServiceOptions, startService } from '../support/service.ts'

testsOfProcesses()

let receiver: OtlpReceiver
let services: Service[]
beforeEach(() => {
  receiver = new OtlpReceiver()
  services = []
})
afterEach(async () => {
  for (const service of services) await service[Symbol.asyncDispose]()
  await receiver.stop()
})

async function start(env: ServiceOptions['env'] = receiver.env, command?: string[]): Promise<Service> {
  const service = await startService({ env, ...(command && { command }) })
  services.push(service)
  track(service.process)
  return service
}

const runEcho = async (service: Service, headers: Record<string, string> = {}) => {
  const response = await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' }, headers)
  const run = await shownRun(response)
  expect(run).toMatchObject({ status: 'completed', output: 'hello' })
  return run
}

const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const traceparent = (flags: string) => `00-${parent.traceId}-${parent.spanId}-${flags}`

async function dropped(service: Service): Promise<number> {
  const text = await (await service.request('GET', '/metrics')).text()
  return Number(/^bunkhouse_spans_dropped_total (\d+)/m.exec(text)?.[1] ?? 0)
}

test('without an endpoint nothing of OpenTelemetry is loaded; with one it is', async () => {
  const root = join(import.meta.dir, '../..')
  const preload = join(root, 'tests/support/told-modules-entry.ts')
  const command = [process.execPath, '--preload', preload, join(root, 'src/main.ts'), 'serve']
  const loaded = async (env: ServiceOptions['env']) => {
    const service = await start(env, command)
    await runEcho(service, { traceparent: traceparent('01') })
    expect(await service.stop()).toBe(0)
    await service.said('"opentelemetry"')
    return Number(/"modules":true,"opentelemetry":(\d+)/.exec(service.output())?.[1])
  }
  expect(await loaded({})).toBe(0)
  expect(await loaded({ ...receiver.env, OTEL_SDK_DISABLED: 'true' })).toBe(0)
  expect(await loaded(receiver.env)).toBeGreaterThan(5)
})

test('what a caller does not want recorded is not', async () => {
  const service = await start()
  const unwanted = await runEcho(service, { traceparent: traceparent('00') })
  const wanted = await runEcho(service)
  await receiver.run(wanted.id)
  expect(receiver.trace(parent.traceId)).toEqual([])
  expect(await service.stop()).toBe(0)
  await service.said('"stopped"')
  const lines = service
    .output()
    .split('\n')
    .filter(line => line.includes(unwanted.id))
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('trace_id')
})

test('a share of the traces is recorded, each of them whole or not at all', async () => {
  const ratio = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' }
  const service = await start({ ...receiver.env, ...ratio })
  const runs = await Promise.all(Array.from({ length: 60 }, () => runEcho(service)))
  expect(await service.stop()).toBe(0)
  const recorded = receiver.spans.filter(({ name }) => name === 'invoke_agent echo')
  // By chance it is outside of these bounds once in a billion times.
  expect(recorded.length).toBeWithin(7, 54)
  expect(recorded.length).toBeLessThan(runs.length)
  for (const { traceId } of recorded) {
    expect(
      receiver
        .trace(traceId)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['POST /v1/runs/wait', 'attempt', 'chat echo', 'invoke_agent echo', 'step'])
  }
  expect(receiver.spans).toHaveLength(5 * recorded.length)
})

test('health, readiness and metrics are no traces, what was not found and was refused is', async () => {
  const service = await start()
  for (const path of ['/health', '/ready', '/metrics']) await service.request('GET', path)
  await service.request('GET', '/v1/nothing/sk-planted-0123456789', undefined, { traceparent: traceparent('01') })
  await service.request('GET', '/v1/runs/run_none')
  const lost = await receiver.span('GET')
  expect(lost).toMatchObject({
    parentId: parent.spanId,
    attributes: { 'http.response.status_code': 404, 'url.path': '/v1/nothing/sk-***' },
  })
  expect(lost.attributes['http.route']).toBeUndefined()
  await receiver.span('GET /v1/runs/:id')
  expect(receiver.spans).toHaveLength(2)
  expect(receiver.spans.every(({ error }) => error === null)).toBe(true)
})

test('what is left when the process stops is sent before it ends', async () => {
  const service = await start({ ...receiver.env, OTEL_BSP_SCHEDULE_DELAY: '600000' })
  const run = await runEcho(service)
  expect(receiver.requests).toEqual([])
  expect(await service.stop()).toBe(0)
  expect(receiver.spans).toHaveLength(5)
  expect((await receiver.run(run.id)).resource['service.name']).toBe('bunkhouse')
})

test('headers, compression, resource and address are those of the variables', async () => {
  const service = await start({
    ...receiver.env,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/somewhere/else`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=a%20team,x-both=general',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-both=own',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=agents,deployment.environment.name=lab',
    OTEL_SERVICE_NAME: 'house',
  })
  const span = await receiver.run((await runEcho(service)).id)
  expect(span.resource).toMatchObject({
    'service.name': 'house',
    'service.namespace': 'agents',
    'deployment.environment.name': 'lab',
  })
  const [request] = receiver.requests
  expect(request?.path).toBe('/somewhere/else')
  expect(request?.headers.get('x-team')).toBe('a team')
  expect(request?.headers.get('x-both')).toBe('own')
  expect(request?.headers.get('content-encoding')).toBe('gzip')
  expect(request?.headers.get('content-type')).toBe('application/x-protobuf')
})

test('a collector that is away costs its spans, which are counted, and nothing else', async () => {
  const away = `http://127.0.0.1:${freePort()}`
  const env = { ...receiver.env, OTEL_EXPORTER_OTLP_ENDPOINT: away, OTEL_EXPORTER_OTLP_TIMEOUT: '50' }
  const service = await start(env)
  await Promise.all(Array.from({ length: 20 }, () => runEcho(service)))
  await service.said('spans reach no collector')
  while ((await dropped(service)) === 0) await runEcho(service)
  expect(await service.stop()).toBe(0)
})

test('a collector that never answers fills no memory, slows no run and holds up no stop', async () => {
  const held = Promise.withResolvers<Response>()
  receiver.trouble = () => held.promise
  const service = await start({ ...receiver.env, OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5' })
  await runEcho(service)
  await receiver.until(() => receiver.requests.length === 1)
  // Five are on their way and ten wait; these are a hundred.
  await Promise.all(Array.from({ length: 20 }, () => runEcho(service)))
  await service.said('"reason":"no_room"')
  await runEcho(service)
  while ((await dropped(service)) < 80) await runEcho(service)
  expect(receiver.requests).toHaveLength(1)
  const stopped = await service.stop()
  held.resolve(new Response())
  expect(stopped).toBe(0)
  await service.said('"reason":"stopped"')
})

test('a collector that comes back gets what is told from then on', async () => {
  const refused = new Set<unknown>()
  receiver.trouble = spans => {
    for (const { attributes } of spans) refused.add(attributes['bunkhouse.run.id'])
    return new Response('not now', { status: 400 })
  }
  const service = await start()
  const missed = await runEcho(service)
  await service.said('"reason":"not_taken"')
  // Spans go in their order: all of the first run's have gone when one of a later run has.
  const later = await runEcho(service)
  await receiver.until(() => refused.has(later.id))
  receiver.trouble = null
  const told = await runEcho(service)
  await receiver.run(told.id)
  expect(receiver.spans.some(({ attributes }) => attributes['bunkhouse.run.id'] === missed.id)).toBe(false)
})

test('metrics name traces as their examples', async () => {
  const service = await start()
  const { traceId } = await receiver.run((await runEcho(service)).id)
  const accept = { accept: 'application/openmetrics-text' }
  const page = await (await service.request('GET', '/metrics', undefined, accept)).text()
  const exemplified = page.split('\n').filter(line => line.includes(`trace_id="${traceId}"`))
  for (const name of ['http_request', 'job', 'model_call']) {
    expect(
      exemplified.filter(line => line.startsWith(`bunkhouse_${name}`)),
      name,
    ).not.toEqual([])
  }
})
