import type { FactListener, FactName, Facts } from './facts.ts'
import type { Log } from './log.ts'

type Handlers = { [N in FactName]?: (data: Facts[N]) => void }

const quiet = new Set(['/health', '/ready', '/metrics'])
const failureEveryMs = 5_000
/** Requests that take longer are told, whatever share of the others is. */
const slowSeconds = 1

export interface LogFactsOptions {
  /** Share of the requests that went well which are logged, from 0 to 1; default all. */
  accessLogSample?: number
  /** From 0 to 1. */
  random?: () => number
}

/** Turns facts into log lines. */
export function logFacts(log: Log, { accessLogSample = 1, random = Math.random }: LogFactsOptions = {}): FactListener {
  const rarely = limiter(failureEveryMs)
  let sample = accessLogSample
  const isLeftOut = ({ status, seconds }: Facts['http.answered']): boolean =>
    sample < 1 && status < 400 && seconds <= slowSeconds && random() >= sample
  const handlers: Handlers = {
    'process.state': ({ state }) => log.info({ state }, `process ${state}`),
    'database.migrated': data => log.info(data, 'database migrated'),
    'backup.finished': data => {
      if (data.outcome === 'completed') log.info(data, 'backup made')
      else log.error(data, 'backup failed, it is tried again; its job says why')
    },
    'service.stop_failed': ({ service, error }) => log.error({ service, error }, 'service did not stop cleanly'),
    'loop.failed': ({ loop, error }) =>
      rarely(loop, () => log.error({ loop, error }, 'background loop failed, it goes on')),
    'agents.loaded': ({ agents, failures }) => {
      log.info({ agents }, 'agents loaded')
      for (const failure of failures) log.error(failure, 'agent file is broken')
    },
    'jobs.loaded': ({ jobs, failures }) => {
      log.info({ jobs }, 'jobs loaded')
      for (const failure of failures) log.error(failure, 'job file is broken')
    },
    'job.lost': data => log.warn(data, 'lease lost, nothing more is written for this attempt'),
    'job.abandoned': data => log.error(data, 'attempt abandoned, its lease will end'),
    'job.rescued': data => log.warn(data, 'job taken back from a dead worker'),
    'run.created': data => log.debug(data, 'run created'),
    'run.started': data => log.debug(data, 'run started'),
    'run.retrying': data => log.warn(data, 'run will be tried again'),
    'run.failed_unexpectedly': data => log.error(data, 'attempt ended by an unforeseen error'),
    'run.finished': data => log.info(data, `run ${data.status}`),
    'model.circuit': data => log.warn(data, `model provider is ${data.state === 'open' ? 'away' : 'back'}`),
    'mcp.request_failed': ({ method, error }) => log.error({ method, err: error }, 'mcp request failed'),
    'mcp.said': data => log.debug(data, 'mcp server said'),
    'mcp.tool_left_out': data => log.warn(data, 'tool of an mcp server cannot be used'),
    'schedule.fired': data => {
      const line = { ...data, fireAt: new Date(data.fireAt).toISOString() }
      if (data.outcome === 'fired') log.info(line, 'schedule fired')
      else log.warn(line, `occurrence ${data.outcome}`)
    },
    'schedule.refused': data => log.error(data, 'schedule of an agent file is wrong'),
    'schedule.failed': ({ scheduleId, error }) =>
      rarely(`schedule ${scheduleId}`, () => log.error({ scheduleId, error }, 'schedule cannot be fired now')),
    'events.delayed': ({ error }) =>
      rarely('events', () => log.error({ error }, 'events cannot be stored now, they are kept')),
    'notifier.failed': ({ transport, error }) =>
      rarely(transport, () => log.warn({ transport, error }, 'hints to other processes fail, polling goes on')),
    'rate.unshared': ({ error }) =>
      rarely('rate', () => log.warn({ error }, 'requests cannot be counted in Redis, each process counts for itself')),
    'stream.stalled': () => rarely('stalled', () => log.info('reader of a stream took nothing, it is disconnected')),
    'spans.dropped': ({ reason, error }) =>
      rarely(`spans ${reason}`, () => log.warn({ reason, error }, 'spans reach no collector, nothing else suffers')),
    'webhook.disabled': data => log.warn(data, 'webhook disabled'),
    'key.created': data => log.info(data, 'key created'),
    'settings.applied': ({ logLevel, accessLogSample }) => {
      // Told at the more talkative of both levels, or it might not be told at all.
      const tell = () => log.info({ logLevel, accessLogSample }, 'settings of the log are different from now on')
      const toldBefore = log.isLevelEnabled('info')
      if (toldBefore) tell()
      log.level = logLevel
      sample = accessLogSample
      if (!toldBefore) tell()
    },
    'config.reloaded': data => {
      log.info(data, 'configuration read again')
      if (data.needRestart.length > 0) log.warn({ needRestart: data.needRestart }, 'a restart is needed for some of it')
    },
    'config.refused': data => log.error(data, 'configuration is wrong, nothing of it was taken'),
    'log.reopen_failed': data => log.error(data, 'log file cannot be opened anew, the old one goes on'),
    'http.answered': data => {
      if (data.status >= 500) log.error(withAddress(data), 'request failed')
      else if (!quiet.has(data.path)) {
        if (!isLeftOut(data) && log.isLevelEnabled('info')) log.info(withoutError(data), 'request')
      } else if (log.isLevelEnabled('debug')) log.debug(withoutError(data), 'request')
    },
  }
  return (name, data) => handlers[name]?.(named(data))
}

/** As tools that bring logs and traces together look for it. */
const named = <D extends object>(data: D): D =>
  'traceId' in data && data.traceId !== undefined ? { ...data, traceId: undefined, trace_id: data.traceId } : data

const withAddress = ({ address, ...data }: Facts['http.answered']) => ({ ...data, address: address() })
const withoutError = ({ error: _, address, ...data }: Facts['http.answered']) => ({ ...data, address: address() })

/** Lets a line through only so often, by its key: a database that is away must not fill the disk. */
function limiter(everyMs: number) {
  const last = new Map<string, number>()
  return (key: string, write: () => void) => {
    const now = performance.now()
    if (now - (last.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return
    last.set(key, now)
    write()
  }
}
