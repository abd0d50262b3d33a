import { Conditions } from '../support/provider/exchange.ts'

/** What one attempt of a job does, as the test has told it. */
export interface Step {
  log?: string[]
  progress?: unknown
  /** Throws it: an error of that name, a plain one where it is `Error`. */
  throws?: {
    name: 'Error' | 'NonRetryable' | 'RetryLater' | 'Snooze'
    message?: string
    seconds?: number
    pauseKey?: boolean
  }
  result?: unknown
  /** Waits until the test releases it, or its signal is aborted. */
  hold?: boolean
}

/** One attempt as its handler has told it. */
export interface HandlerCall {
  name: string
  input: { name: string; [key: string]: unknown }
  jobId: string
  attempt: number
  idempotencyKey: string
  traceparent?: string
  /** Lets a held one go on. */
  release(): void
}

/** What the handlers of a job file ask for what to do, in the test's own process. */
export interface HandlerServer {
  url: string
  /** What the attempts of jobs whose payload has this name do, one after the other; after the last: complete. */
  script(name: string, steps: Step[]): void
  calls(name: string): HandlerCall[]
  /** Resolves when the call with this number (1 is the first) has arrived. */
  call(name: string, number?: number): Promise<HandlerCall>
  stop(): Promise<void>
}

type Told = Omit<HandlerCall, 'name' | 'release'>

export function startHandlerServer(): HandlerServer {
  const arrived = new Conditions()
  const calls: HandlerCall[] = []
  const held = new Map<string, Promise<void>>()
  const scripts = new Map<string, Step[]>()
  const of = (name: string) => calls.filter(call => call.name === name)
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    development: false,
    async fetch(request) {
      // Safe: only the job file below calls.
      const told = (await request.json()) as Told
      const { name } = told.input
      const { pathname } = new URL(request.url)
      if (pathname === '/held') {
        await held.get(`${told.jobId} ${told.attempt}`)
        return Response.json({})
      }
      const step = scripts.get(name)?.[of(name).length] ?? {}
      const released = Promise.withResolvers<void>()
      held.set(`${told.jobId} ${told.attempt}`, released.promise)
      calls.push({ ...told, name, release: released.resolve })
      arrived.changed()
      return Response.json(step)
    },
  })
  return {
    url: server.url.href,
    script: (name, steps) => scripts.set(name, steps),
    calls: of,
    async call(name, number = 1) {
      await arrived.until(() => of(name).length >= number)
      const call = of(name)[number - 1]
      if (!call) throw new Error('unreachable: the condition held')
      return call
    },
    stop: () => server.stop(true),
  }
}

/** A job file with these kinds, which do what the server says. `deaf` ones do not heed their signal. */
export const jobFile = (url: string, kinds: { name: string; deaf?: boolean; more?: string }[]): string => `
import { defineJob, NonRetryable, RetryLater, Snooze } from 'bunkhouse'

const make = (name: string, deaf: boolean, more: object) =>
  defineJob({
    name,
    input: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    async run(input, { jobId, attempt, idempotencyKey, signal, traceHeaders, log, progress }) {
      const ask = async (path: string, init: object = {}) => {
        const body = JSON.stringify({ input, jobId, attempt, idempotencyKey, ...traceHeaders })
        return (await fetch('${url}' + path, { method: 'POST', body, ...init })).json()
      }
      const step = await ask('')
      for (const line of step.log ?? []) log(line)
      if (step.progress !== undefined) progress(step.progress)
      if (step.hold) await ask('held', deaf ? {} : { signal })
      const { name: error, message, seconds, pauseKey = false } = step.throws ?? {}
      if (error === 'NonRetryable') throw new NonRetryable(message)
      if (error === 'RetryLater') throw new RetryLater(seconds, message, { pauseKey })
      if (error === 'Snooze') throw new Snooze(seconds)
      if (error) throw new Error(message)
      return step.result
    },
    ...more,
  })

export default [${kinds.map(({ name, deaf = false, more = '{}' }) => `make('${name}', ${deaf}, ${more})`).join(', ')}]
`
