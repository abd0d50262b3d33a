import type { Actor, AppContext } from '../../context.ts'
import { canonicalJson } from '../../json.ts'
import type { RunInput } from '../../runs/create-run.ts'
import { listRuns } from '../../runs/list-runs.ts'
import type { Run } from '../../runs/run.ts'

/** How long after the first try a client may come again; its own limit is ten minutes a try. */
const windowMs = 15 * 60_000
const looksAt = 200

/** OpenAI's clients send a request again by themselves where its answer was lost, and count that in a header. */
export const isRepeated = ({ headers }: Request): boolean => Number(headers.get('x-stainless-retry-count') ?? 0) > 0

/**
 * The run that an earlier try of this request has made: the newest of the same key that was asked the same. Undefined where
 * none was made.
 */
export async function runOfEarlierTry(
  app: Pick<AppContext, 'clock' | 'database'>,
  actor: Actor,
  input: RunInput,
): Promise<Run | undefined> {
  const createdAfter = app.clock.now() - windowMs
  const filter = { agent: input.agent, createdAfter }
  const runs = await listRuns(app, actor, filter, { order: 'desc', limit: looksAt })
  const asked = asking(input)
  return runs.find(
    run =>
      run.keyId === actor.keyId &&
      asking({ ...run, tools: run.callerTools, outputSchema: run.outputSchema, settings: run.settings }) === asked,
  )
}

/** What makes two requests the same. */
const asking = ({
  input,
  tools,
  outputSchema,
  settings,
}: {
  input: RunInput['input']
  tools?: unknown
  outputSchema?: unknown
  settings?: unknown
}): string => canonicalJson([input, tools ?? null, outputSchema ?? null, settings ?? null])
