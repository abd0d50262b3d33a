// The API as a function on Vercel: docs/deploy/vercel.md. The service itself runs in the function and serves on the
// loopback address; what Vercel hands over is passed on to it. So all is as everywhere else: limits, errors, streams.
import { timingSafeEqual } from 'node:crypto'
import { createApp } from '../../src/app.ts'
import { openServiceLog } from '../../src/cli/open-log.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { untilSignal } from '../../src/runtime/signals.ts'
import { signatureHeader, signTick } from '../../src/schedules/tick/token.ts'
import { FactBus } from '../../src/telemetry/facts.ts'
import { logFacts } from '../../src/telemetry/log-facts.ts'

const tickPath = '/v1/scheduler/tick'
/** Below `maxDuration` of vercel.json. */
const tickWaitSeconds = 240

export interface FunctionOptions {
  env: Record<string, string | undefined>
}

/** What Vercel calls: `export default { fetch }`. The service is started by the first request, once. */
export function makeFunction({ env }: FunctionOptions) {
  let started: Promise<Running> | undefined
  const running = (): Promise<Running> => {
    started ??= start(env).catch(error => {
      // The next request may find the database back.
      started = undefined
      throw error
    })
    return started
  }
  return {
    async fetch(request: Request): Promise<Response> {
      const { base, config } = await running()
      const { pathname, search } = new URL(request.url)
      if (pathname === '/api/tick') return tick(request, { base, config, cronSecret: env.CRON_SECRET })
      return pass(request, `${base}${pathname}${search}`)
    },
    /** Ends the service as SIGTERM would. */
    async stop(): Promise<void> {
      await (await started)?.stop()
    },
  }
}

interface Running {
  base: string
  config: Config
  stop(): Promise<void>
}

async function start(env: FunctionOptions['env']): Promise<Running> {
  const config = readConfig({
    // Runs are for workers elsewhere: between requests a function stands still.
    ROLES: 'api',
    DATABASE_POOL_SIZE: '4',
    ENVIRONMENT: 'production',
    // Its assets do not travel with the function.
    DOCS: 'off',
    ...env,
    HOST: '127.0.0.1',
    PORT: '0',
    // The only one that calls is this file, with what Vercel says of the client.
    TRUSTED_PROXIES: 'loopback',
  })
  if (config.database.dialect !== 'postgres')
    throw new Error('DATABASE_URL must be a Postgres: a function keeps no files.')
  if (config.apiKey === null) throw new Error('BUNKHOUSE_API_KEY must be set: nobody would see a key that is printed.')
  const facts = new FactBus()
  const { log, flush } = await openServiceLog(config)
  facts.subscribe(logFacts(log, config))
  const app = await createApp({ config, clock: systemClock, facts })
  await app.lifecycle.start()
  const stop = async () => {
    await app.lifecycle.stop()
    await app.close()
    await flush()
  }
  void untilSignal().then(stop)
  return { base: `http://127.0.0.1:${app.http.port}`, config, stop }
}

const pass = (request: Request, url: string): Promise<Response> =>
  fetch(url, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: 'manual',
    signal: request.signal,
    // The client's own wish, of which it is told in the headers.
    decompress: false,
  })

/** Vercel's cron sends `GET` with `authorization: Bearer <CRON_SECRET>`. */
function tick(
  request: Request,
  { base, config, cronSecret }: { base: string; config: Config; cronSecret: string | undefined },
): Promise<Response> | Response {
  const { schedulerTickSecret } = config
  if (!cronSecret || schedulerTickSecret === null || !isBearer(request, cronSecret)) {
    return Response.json({ title: 'Unauthorized', status: 401, code: 'unauthorized' }, { status: 401 })
  }
  const signed = signTick(schedulerTickSecret, {
    method: 'POST',
    path: tickPath,
    seconds: Math.floor(Date.now() / 1000),
  })
  return fetch(`${base}${tickPath}?wait_seconds=${tickWaitSeconds}`, {
    method: 'POST',
    headers: { [signatureHeader]: signed },
    signal: request.signal,
  })
}

function isBearer(request: Request, secret: string): boolean {
  const given = Buffer.from(request.headers.get('authorization') ?? '')
  const wanted = Buffer.from(`Bearer ${secret}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

export default makeFunction({ env: process.env })
