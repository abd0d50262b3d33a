import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startService } from '../support/service.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { EventStream } from './event-stream.ts'
import { callOf, must, type RunView, runBody, type Stage, startStage } from './stage.ts'

const pollMs = 20

/** Redis carries hints: without it nothing is lost and nothing stops. */
describe('a Redis that goes away and comes back', () => {
  setDefaultTimeout(60_000)
  let line: TcpProxy
  let stage: Stage
  let redisUrl: string

  beforeAll(async () => {
    const server = new URL(process.env.TEST_REDIS_URL ?? '')
    line = await startTcpProxy({ host: server.hostname, port: Number(server.port || 6379) })
    server.host = `127.0.0.1:${line.port}`
    redisUrl = server.href
    stage = await startStage('postgres', () => ({ REDIS_URL: redisUrl }))
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    await line?.[Symbol.asyncDispose]()
  })

  const ready = () => stage.call<{ checks: Record<string, { status: string }> }>('GET', '/ready')
  const untilReady = async (status: number) => {
    const begun = performance.now()
    for (;;) {
      const answer = await ready()
      if (answer.status === status) return answer.body.checks
      if (performance.now() - begun > 30_000) throw new Error(`not ${status} within 30 s`)
      await Bun.sleep(pollMs)
    }
  }

  test('GET /ready answers 503, naming Redis alone, and 200 when it is back', async () => {
    const ok = { status: 'ok' }
    expect(await untilReady(200)).toEqual({ process: ok, database: ok, migrations: ok, redis: ok, worker: ok })
    await line.cut()
    const { redis, ...others } = await untilReady(503)
    expect(redis?.status).toBe('failed')
    expect(others).toEqual({ process: ok, database: ok, migrations: ok, worker: ok })
    await line.restore()
    expect((await untilReady(200)).redis).toEqual(ok)
  })

  test('runs are taken, finished and streamed without it, here and by another process', async () => {
    const env = { DATABASE_URL: stage.database.url, REDIS_URL: redisUrl, FAKE_BASE_URL: stage.provider.baseUrl }
    await using other = await startService({ env })
    await line.cut()
    const agent = await stage.agent([{ text: ['without ', 'Redis'], hold: true }])
    const { id } = await stage.run({ agent })
    const exchange = await stage.provider.request(agent, 1)
    const [here, there] = await Promise.all(
      [stage.service, other].map(
        async service => new EventStream(await service.request('GET', `/v1/runs/${id}/stream`)),
      ),
    )
    exchange.release()
    const frames = await here?.all()
    expect(frames?.at(-1)).toMatchObject({ event: 'run.completed', data: { output: 'without Redis' } })
    expect(await there?.all()).toEqual(frames ?? [])
    const { body } = await must(200, callOf(other)<RunView>('POST', '/v1/runs/wait', runBody()))
    expect(body.status).toBe('completed')
    await line.restore()
    await untilReady(200)
    expect((await stage.finished((await stage.run()).id)).status).toBe('completed')
  })
})
