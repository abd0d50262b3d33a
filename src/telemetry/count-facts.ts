import type { FactListener, FactName, Facts } from './facts.ts'
import type { Tallies } from './tallies.ts'

type Handlers = { [N in FactName]?: (data: Facts[N]) => void }

/** Of the last backup that this process made. */
export interface LastBackup {
  /** Seconds since 1970. */
  at: number
  bytes: number
}

/** Clients may send any method that the server can read. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Turns facts into numbers. */
export function countFacts(to: Tallies, onBackup: (made: LastBackup) => void): FactListener {
  const handlers: Handlers = {
    'http.answered': ({ method, route, status, seconds, traceId }) =>
      to.http.addTraced(seconds, traceId, methods.has(method) ? method : 'other', route, status),
    'rate.limited': ({ by }) => to.limited.add(1, by),
    'run.created': ({ agent }) => to.runsCreated.add(1, agent),
    'run.started': ({ waitSeconds }) => to.runWait.add(waitSeconds),
    'run.retrying': ({ agent }) => to.runsRetried.add(1, agent),
    'run.finished': ({ agent, status, seconds }) => {
      to.runsFinished.add(1, agent, status)
      to.runSeconds.add(seconds, agent)
    },
    'job.attempted': ({ queue, kind, outcome, seconds, traceId }) => {
      to.jobs.add(1, queue, kind, outcome)
      to.jobSeconds.addTraced(seconds, traceId, queue, kind)
    },
    'job.claimed': ({ queue, seconds }) => to.claimSeconds.add(seconds, queue),
    'job.begun': ({ queue, dueSeconds }) => to.pickup.add(dueSeconds, queue),
    'job.lost': ({ queue }) => to.lost.add(1, queue),
    'job.rescued': ({ queue, state }) => to.rescued.add(1, queue, state),
    'schedule.fired': ({ origin, outcome, lagSeconds }) => {
      to.occurrences.add(1, origin, outcome)
      if (origin === 'rule' && outcome === 'fired') to.lag.add(lagSeconds)
    },
    'model.called': ({ agent, provider, model, outcome, seconds, inputTokens, outputTokens, costUsd, traceId }) => {
      to.modelSeconds.addTraced(seconds, traceId, provider, model, outcome)
      to.tokens.add(inputTokens, agent, provider, model, 'input')
      to.tokens.add(outputTokens, agent, provider, model, 'output')
      if (costUsd !== null) to.cost.add(costUsd, agent, provider, model)
    },
    'model.circuit': ({ provider, state }) => {
      if (state === 'open') to.circuits.add(1, provider)
    },
    'tool.called': ({ agent, tool, outcome, seconds }) => to.toolSeconds.add(seconds, agent, tool, outcome),
    'events.stored': ({ events, seconds }) => {
      to.events.add(events)
      to.storeSeconds.add(seconds)
    },
    'loop.failed': ({ loop }) => to.failures.add(1, loop),
    'webhook.delivered': ({ outcome }) => to.webhooks.add(1, outcome),
    'webhook.disabled': () => to.webhooksDisabled.add(1),
    'backup.finished': ({ outcome, bytes }) => {
      to.backups.add(1, outcome)
      if (outcome === 'completed') onBackup({ at: Date.now() / 1000, bytes })
    },
    'audit.recorded': () => to.audited.add(1),
    'spans.dropped': ({ count }) => to.spansDropped.add(count),
  }
  return (name, data) => handlers[name]?.(data)
}
