/** What the core says has happened. One subscriber each turns facts into log lines and metrics; the core does neither. */
export interface Facts {
  'process.state': { state: string }
  'service.stop_failed': { service: string; error: unknown }
  'database.migrated': { migrations: string[]; snapshot: string | null }
  'loop.failed': { loop: string; error: unknown }
  'agents.loaded': { agents: number; failures: { file: string; line: number | null; message: string }[] }
  'jobs.loaded': { jobs: number; failures: { file: string; line: number | null; message: string }[] }
  'job.enqueued': { queue: string; kind: string; count: number }
  'job.claimed': { queue: string; count: number; seconds: number }
  /** An attempt begins. `dueSeconds`: for how long its job has been due. */
  'job.begun': { queue: string; dueSeconds: number }
  'job.attempted': { queue: string; kind: string; outcome: string; seconds: number; traceId?: string | undefined }
  'job.lost': { queue: string; jobId: string; attempt: number; traceId?: string | undefined }
  'job.abandoned': { queue: string; jobId: string; attempt: number; error: unknown; traceId?: string | undefined }
  'job.rescued': { queue: string; kind: string; jobId: string; attempt: number; state: string }
  'run.created': { runId: string; agent: string; source: 'hand_off' | 'queue'; traceId?: string | undefined }
  'run.started': { runId: string; agent: string; attempt: number; waitSeconds: number; traceId?: string | undefined }
  'run.retrying': {
    runId: string
    agent: string
    attempt: number
    delayMs: number
    reason: string
    traceId?: string | undefined
  }
  'run.failed_unexpectedly': { runId: string; attempt: number; error: unknown; traceId?: string | undefined }
  'run.finished': {
    runId: string
    agent: string
    status: string
    attempt: number
    seconds: number
    error: string | null
    traceId?: string | undefined
  }
  /** A provider answers nobody, or is back. */
  'model.circuit': { provider: string; state: 'open' | 'closed' }
  /** What a server's program writes to its standard error. */
  /** A client of ours asked over MCP. */
  'mcp.request_failed': { method: string; error: unknown }
  'mcp.said': { server: string; text: string }
  'mcp.tool_left_out': { server: string; tool: string; error: unknown }
  'schedule.fired': {
    scheduleId: string
    agent: string
    origin: 'rule' | 'trigger'
    outcome: 'fired' | 'skipped' | 'missed' | 'failed'
    /** Milliseconds since 1970. */
    fireAt: number
    /** From when it was due until it was dealt with. */
    lagSeconds: number
    runId: string | null
    traceId?: string | undefined
  }
  /** One of an agent file that is wrong. */
  'schedule.refused': { agent: string; schedule: string; message: string }
  /** Not dealt with at all: it is tried again. */
  'schedule.failed': { scheduleId: string; error: unknown }
  'model.called': {
    agent: string
    /** What stands before the slash of the model's name, and `model` what stands behind it. */
    provider: string
    model: string
    outcome: 'completed' | 'failed' | 'retryable' | 'aborted'
    seconds: number
    inputTokens: number
    outputTokens: number
    /** US dollars; null where the price is not known, or nothing was told of what it took. */
    costUsd: number | null
    traceId?: string | undefined
  }
  'tool.called': { agent: string; tool: string; outcome: string; seconds: number }
  'events.stored': { runs: number; events: number; seconds: number }
  'events.delayed': { error: unknown; retryMs: number }
  'notifier.failed': { transport: 'postgres' | 'redis'; error: unknown }
  'stream.opened': { readers: number }
  'stream.closed': { readers: number }
  /** Its reader took nothing for too long, and was disconnected. */
  'stream.stalled': Record<never, never>
  'key.created': { keyId: string; name: string }
  /** What became of one delivery: `delivered` or `failed` for good, `retrying` when it is tried again, `blocked`. */
  'webhook.delivered': { outcome: 'delivered' | 'retrying' | 'failed' | 'blocked' }
  /** By a rule of the service's own: nothing more is sent to it. */
  'webhook.disabled': { webhookId: string; name: string; reason: string }
  'rate.limited': { by: 'key' | 'tenant' | 'address' }
  /** Redis cannot be asked: this process counts requests by itself. */
  'rate.unshared': { error: unknown }
  /** `bytes` of what is stored; 0 when nothing is. */
  'backup.finished': { outcome: 'completed' | 'failed'; bytes: number; seconds: number }
  'audit.recorded': { action: string }
  /** Spans that were made and reach no collector. */
  'spans.dropped': { count: number; reason: 'no_room' | 'not_taken' | 'stopped'; error: unknown }
  /** What is set of the log, in the database or in the configuration, is different from now on. */
  'settings.applied': { logLevel: string; accessLogSample: number }
  /** The configuration was read again: variables that are different, and those of them that a restart would take. */
  'config.reloaded': { changed: string[]; needRestart: string[] }
  /** It is wrong, so that nothing of it was taken. */
  'config.refused': { problems: string[] }
  'log.reopen_failed': { error: unknown }
  'http.answered': {
    method: string
    route: string
    path: string
    status: number
    seconds: number
    requestId: string
    /** Where it came from; null when the client has gone. Looking it up costs something. */
    address(): string | null
    error: unknown
    traceId?: string | undefined
  }
}

export type FactName = keyof Facts
export type FactListener = <N extends FactName>(name: N, data: Facts[N]) => void

/** Hands each fact to every subscriber, at once and in order. */
export class FactBus {
  readonly #listeners: FactListener[] = []

  subscribe(listener: FactListener): void {
    this.#listeners.push(listener)
  }

  readonly emit: FactListener = (name, data) => {
    for (const listener of this.#listeners) listener(name, data)
  }
}
