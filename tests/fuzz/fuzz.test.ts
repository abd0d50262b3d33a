import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { randomFrom } from '../../scripts/chaos/random.ts'
import { jobFiles, makeOne, operationsToWalk, readDocument } from '../access/belongings.ts'
import { type ApiDocument, operationsOf } from '../api/openapi-document.ts'
import { must, type RunView, type Stage, startStage } from '../api/stage.ts'
import { until } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { type HostileRequest, hostileRequest, type Target } from './hostile-request.ts'

// FUZZ_SEED repeats a run that found something; FUZZ_REQUESTS makes it longer.
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
const requests = Number(process.env.FUZZ_REQUESTS ?? 10_200)
const connections = 16
/** Whoever waits longer than that for an answer hangs. */
const patienceMs = 30_000
/** What may wait for a run or sends events: whoever asks goes away after a moment. */
const mayWait = /\/(wait|stream|tick)(\?|$)|^\/chat|^\/openai\/v1\/(chat\/completions|responses)|^\/ai-sdk|^\/mcp/
const momentMs = 100
const growthAtMost = 200 * 1024 * 1024

/** What no answer may hold: stacks, statements, drivers, our own files. */
const leaks = [
  /\bat \S+ \(?\/?\S+:\d+:\d+/,
  /node_modules|\/src\/|\.ts:\d+|bun:sqlite/,
  /SQLITE_|SQLiteError|PostgresError|DrizzleQueryError|drizzle/i,
  /syntax error at or near|no such column|near ".*": syntax|violates|constraint failed/i,
  /\bselect [\s\S]* from \w+ where|insert into \w+ \(|update \w+ set /i,
  /TypeError|RangeError|ReferenceError|Cannot read propert|is not a function|undefined is not/,
]

describe.each(engines)(`hostile requests on %s, by FUZZ_SEED=${seed}`, engine => {
  setDefaultTimeout(600_000)
  const files = temporaryFiles(jobFiles)
  let stage: Stage
  let document: ApiDocument
  let targets: Target[]

  beforeAll(async () => {
    stage = await startStage(engine, { JOBS_DIR: files.path, BODY_LIMIT_BYTES: '300000' })
    document = await readDocument(stage.service)
    targets = await Promise.all(operationsToWalk(document).map(withIds))
  })
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })

  async function withIds(walked: ReturnType<typeof operationsToWalk>[number]): Promise<Target> {
    const { template, name } = walked
    const found = operationsOf(document).find(operation => operation.name === name)
    if (!found) throw new Error(`${name} is not in the document.`)
    const ids = ['none']
    if (template.startsWith('/v1/queues/')) ids.push('runs', 'lane')
    else if (template.includes('{') && !/\/(backups|approvals)\//.test(template)) {
      for (let count = 0; count < 3; count++) ids.push((await makeOne(stage, { template, document })).id)
    }
    return { ...walked, operation: found.operation, ids }
  }

  test(`${requests} of them: no failure, no hang, no leak, and the service is well`, async () => {
    const wrong: string[] = []
    const statuses = new Map<number, number>()
    const random = randomFrom(seed, engine === 'sqlite' ? 1 : 2)
    let sent = 0
    let before = 0
    const lane = async () => {
      while (sent < requests && wrong.length < 20) {
        sent++
        // After a quarter everything is loaded, and what is kept is kept.
        if (sent === Math.floor(requests / 4)) before = memoryOf(stage.service.process.pid)
        const [first, ...more] = targets
        if (!first) throw new Error('There is nothing to ask.')
        const request = hostileRequest(random, random.pick([first, ...more]), stage.service.key)
        const found = await send(stage.service.url, request)
        if (found.status !== null) statuses.set(found.status, (statuses.get(found.status) ?? 0) + 1)
        if (found.wrong !== null) wrong.push(`${found.wrong}: ${JSON.stringify(request).slice(0, 600)}`)
      }
    }
    await Promise.all(Array.from({ length: connections }, lane))
    expect(wrong).toEqual([])
    // They went deep: what is wrong in every way would be refused at the door alone.
    for (const status of [200, 201, 400, 401, 404, 405, 409, 415, 422]) {
      expect({ status, seen: (statuses.get(status) ?? 0) > 0 }).toEqual({ status, seen: true })
    }
    expect(memoryOf(stage.service.process.pid) - before).toBeLessThan(growthAtMost)
    await isWell()
  })

  async function isWell(): Promise<void> {
    expect(stage.service.process.exitCode).toBe(null)
    // What was asked of it last may take a moment.
    await until('it is ready', async () => (await stage.call('GET', '/ready')).status === 200)
    // Requests may have paused or limited it.
    await must(200, stage.call('POST', '/v1/queues/runs/resume'))
    const nothing = { concurrency: null, key_concurrency: null, rate: null, key_rate: null, depth: null }
    await must(200, stage.call('PATCH', '/v1/queues/runs', nothing))
    const run = await must(200, stage.call<RunView>('POST', '/v1/runs/wait', { agent: 'echo', input: 'still here' }))
    expect(run.body).toMatchObject({ status: 'completed', output: 'still here' })
    const metrics = await (await stage.service.request('GET', '/metrics')).text()
    expect(metrics.split('\n').filter(line => /^bunkhouse_http_.*_count\{.*status="500"/.test(line))).toEqual([])
  }
})

/** Sends one; says what is wrong with the answer. */
async function send(
  url: string,
  { path, ...init }: HostileRequest,
): Promise<{ status: number | null; wrong: string | null }> {
  const patient = mayWait.test(path)
  const signal = AbortSignal.timeout(patient ? momentMs : patienceMs)
  try {
    const { body, ...rest } = init
    const answer = await fetch(url + path, { ...rest, ...(body !== undefined && { body }), signal, redirect: 'manual' })
    const text = await answer.text()
    return { status: answer.status, wrong: fault(answer, text, { path, method: init.method }) }
  } catch (error) {
    if (signal.aborted) return { status: null, wrong: patient ? null : 'no answer' }
    return { status: null, wrong: `connection: ${error}` }
  }
}

function fault({ status, headers }: Response, text: string, { path, method }: Pick<HostileRequest, 'path' | 'method'>) {
  if (status >= 500 && status !== 503 && status !== 507) return `${status} ${text.slice(0, 300)}`
  // A text that was sent may come back, in a list or as the answer of an agent; a failure tells of the request alone.
  if (status >= 400) {
    const type = headers.get('content-type')
    const { pathname } = new URL(path, 'http://service')
    const isOpenai = pathname.startsWith('/openai/v1/')
    const isMcp = pathname === '/mcp'
    const isText = pathname.startsWith('/ai-sdk/')
    const wanted = isOpenai || isMcp ? 'application/json' : isText ? 'text/plain' : 'application/problem+json'
    if (!type?.startsWith(wanted)) return `${status} is ${type}, and no ${wanted}`
    const leak = leaks.find(pattern => pattern.test(text))
    if (leak) return `${leak} in ${text.slice(0, 500)}`
    if (method !== 'HEAD' && text !== '' && isOpenai) {
      const { error }: { error?: { message?: string; type?: string } } = JSON.parse(text)
      if (!error?.message || !error.type) return `no error as OpenAI tells it: ${text.slice(0, 300)}`
    } else if (method !== 'HEAD' && text !== '' && isMcp) {
      const { jsonrpc, error }: { jsonrpc?: string; error?: { code?: number } } = JSON.parse(text)
      if (jsonrpc !== '2.0' || typeof error?.code !== 'number') return `no error of JSON-RPC: ${text.slice(0, 300)}`
    } else if (method !== 'HEAD' && text !== '' && !isText) {
      const problem: { status?: number; code?: string } = JSON.parse(text)
      if (problem.status !== status || problem.code === undefined)
        return `problem of another status: ${text.slice(0, 300)}`
    }
  }
  if (headers.get('x-request-id') === null) return `${status} without a request id`
  return null
}

/** Resident bytes of a process. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
