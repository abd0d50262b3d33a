import type { Outcome } from '../queue/job.ts'
import type { Span, Tracer } from '../telemetry/tracing/tracer.ts'
import { isFinal, type Run } from './run.ts'

/**
 * The span of a whole run. Every process that has to do with the run starts the same one, to put its own spans below it;
 * whoever ends the run ends it.
 */
export const runSpan = (tracer: Tracer | null, run: Run): Span | undefined =>
  tracer?.start(`invoke_agent ${run.agent}`, {
    kind: 'internal',
    parent: run.traceParent,
    identity: run.id,
    startedAt: run.createdAt,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': run.agent,
      'gen_ai.agent.version': String(run.agentVersion),
      'gen_ai.conversation.id': run.threadId ?? undefined,
      'bunkhouse.run.id': run.id,
    },
  })

/** The span of one attempt. `seq`: of the event with which it begins, as a number may be given to several attempts. */
export const attemptSpan = (
  whole: Span,
  run: Pick<Run, 'id' | 'jobId'>,
  { attempt, seq, startedAt }: { attempt: number; seq: number; startedAt?: number },
): Span =>
  whole.child('attempt', {
    kind: 'consumer',
    identity: `${run.id} ${seq}`,
    startedAt,
    attributes: { 'bunkhouse.run.id': run.id, 'bunkhouse.job.id': run.jobId, 'bunkhouse.attempt': attempt },
  })

/** Says how an attempt went, and how the run, if that was its end. */
export function endAttempt(whole: Span, span: Span, run: Run, outcome: Outcome): void {
  span.set({ 'bunkhouse.outcome': outcome.kind })
  if (outcome.kind === 'retry') span.fail('retry', outcome.message)
  else if (run.error) span.fail(run.error.code, run.error.message)
  span.end()
  if (isFinal(run.status)) endRun(whole, run)
}

/** Of a run that has ended while no attempt of it was under way. */
export function endUnperformed(tracer: Tracer | null, run: Run): void {
  const whole = runSpan(tracer, run)
  if (whole) endRun(whole, run)
}

export function endRun(whole: Span, run: Run): void {
  whole.set({
    'bunkhouse.run.status': run.status,
    'bunkhouse.attempt': run.attempt,
    'gen_ai.usage.input_tokens': run.inputTokens,
    'gen_ai.usage.output_tokens': run.outputTokens,
    'bunkhouse.cost_usd': run.costUsd ?? undefined,
  })
  if (run.error) whole.fail(run.error.code, run.error.message)
  whole.end()
}
