import type { Span, Tracer } from '../telemetry/tracing/tracer.ts'
import type { ClaimedJob, Outcome } from './job.ts'
import type { JobKind } from './kind.ts'

/** The same kind, each of its attempts a span of the trace that made the job. */
export const tracedKind = (kind: JobKind, tracer: Tracer): JobKind => ({
  ...kind,
  async perform(attempt) {
    const span = jobSpan(tracer, attempt.job)
    attempt.span = span
    try {
      const done = await kind.perform(attempt)
      endJob(span, done.kind === 'settled' ? done.outcome : done)
      return done
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'thrown', error instanceof Error ? error.message : String(error))
      span.end()
      throw error
    }
  },
})

const jobSpan = (tracer: Tracer, job: ClaimedJob): Span =>
  tracer.start(`process ${job.queue}`, {
    kind: 'consumer',
    parent: job.traceParent,
    attributes: {
      'messaging.system': 'bunkhouse',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': job.queue,
      'messaging.message.id': job.id,
      'bunkhouse.job.kind': job.kind,
      'bunkhouse.attempt': job.attempt,
    },
  })

function endJob(span: Span, outcome: Outcome): void {
  span.set({ 'bunkhouse.outcome': outcome.kind })
  if (outcome.kind === 'retry' || outcome.kind === 'discard') span.fail(outcome.kind, outcome.message)
  span.end()
}
