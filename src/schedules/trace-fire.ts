import type { Span, Tracer } from '../telemetry/tracing/tracer.ts'
import type { Occurrence } from './occurrence.ts'
import type { Schedule } from './schedule.ts'

/** Who traces the firing, and the span of the request that asked for it, where one did. */
export interface FireTrace {
  tracer: Tracer | null
  span?: Span | undefined
}

/** The making of one run by a schedule: where nobody has asked for it, its trace begins here. */
export function fireSpan(
  { tracer, span }: FireTrace,
  { id, agent }: Schedule,
  { fireAt, origin }: Pick<Occurrence, 'fireAt' | 'origin'>,
): Span | undefined {
  return tracer?.start('fire schedule', {
    kind: 'producer',
    parent: span?.headers,
    attributes: {
      'gen_ai.agent.name': agent,
      'bunkhouse.schedule.id': id,
      'bunkhouse.schedule.fire_at': new Date(fireAt).toISOString(),
      'bunkhouse.schedule.origin': origin,
    },
  })
}
