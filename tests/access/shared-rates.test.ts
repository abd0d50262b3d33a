import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type Stage, startStage } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { type Service, startService } from '../support/service.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { callerOf } from './belongings.ts'

const complaint = 'requests cannot be counted in Redis'

describe('processes that share a Redis', () => {
  setDefaultTimeout(120_000)
  let line: TcpProxy
  let stage: Stage
  let other: Service

  beforeAll(async () => {
    const server = new URL(process.env.TEST_REDIS_URL ?? '')
    line = await startTcpProxy({ host: server.hostname, port: Number(server.port || 6379) })
    server.host = `127.0.0.1:${line.port}`
    stage = await startStage('postgres', () => ({ REDIS_URL: server.href }))
    other = await startService({ env: { DATABASE_URL: stage.database.url, REDIS_URL: server.href } })
  })
  afterAll(async () => {
    await other?.[Symbol.asyncDispose]()
    await stage?.[Symbol.asyncDispose]()
    await line?.[Symbol.asyncDispose]()
  })

  /** A key of its own; how many of so many requests to each process, in turn, are let through. */
  const allowed = async (rate_limit: number, count: number) => {
    const body = { name: 'shared', scopes: ['runs:read'], rate_limit }
    const { key } = (await must(201, stage.call<{ key: string }>('POST', '/v1/keys', body))).body
    const callers = [callerOf(stage.service, key), callerOf(other, key)]
    const found = [0, 0]
    for (let request = 0; request < count; request++) {
      for (const [index, { call }] of callers.entries()) {
        const { status } = await call('GET', '/v1/runs')
        expect(status).toBeOneOf([200, 429])
        if (status === 200) found[index] = (found[index] ?? 0) + 1
      }
    }
    return found
  }

  test('count together, from the first request on', async () => {
    // A tenth of a minute's worth would be back in six seconds: rates so low that none is while the test runs.
    expect(await allowed(3, 6)).toEqual([2, 1])
  })

  test('count many requests at once together', async () => {
    const body = { name: 'at once', scopes: ['runs:read'], rate_limit: 4 }
    const { key } = (await must(201, stage.call<{ key: string }>('POST', '/v1/keys', body))).body
    const callers = [callerOf(stage.service, key), callerOf(other, key)]
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => callers[index % 2]?.call('GET', '/v1/runs')),
    )
    expect(answers.filter(answer => answer?.status === 200)).toHaveLength(4)
  })

  test('count each for itself while Redis is away, say so, and count together again when it is back', async () => {
    await line.cut()
    expect(await allowed(3, 6)).toEqual([3, 3])
    await stage.service.said(complaint)
    await other.said(complaint)
    await line.restore()
    await until('they count together', async () => {
      const [here = 0, there = 0] = await allowed(3, 4)
      return here + there === 3
    })
  })

  test('answer within moments while Redis is silent', async () => {
    line.stall()
    const [here = 0, there = 0] = await allowed(3, 4)
    expect(here).toBeWithin(1, 4)
    expect(there).toBeWithin(1, 4)
    await line.restore()
  })
})
