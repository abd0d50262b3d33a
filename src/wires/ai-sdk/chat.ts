import { and, desc, eq } from 'drizzle-orm'
import { mayUse } from '../../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { getRun } from '../../runs/get-run.ts'
import { toRun } from '../../runs/read-run.ts'
import type { Run } from '../../runs/run.ts'

/** A conversation as its client names it, of one agent. */
export const chatKey = (agent: string, chatId: string): string => `${agent} ${chatId}`

/** The thread of a chat whose client sends only what is new. */
export const chatThread = (tenantId: string, agent: string, chatId: string): string =>
  `thr_${new Bun.CryptoHasher('sha256')
    .update(JSON.stringify([tenantId, agent, chatId]))
    .digest('hex')
    .slice(0, 32)}`

/** The run that a chat has come to; null: there is none yet. @throws AppError not_found for an agent that is not there */
export async function lastRun(
  { catalog, database }: Pick<AppContext, 'database'> & { catalog: Pick<AppContext['catalog'], 'current'> },
  actor: Actor,
  agent: string,
  chatId: string,
): Promise<Run | null> {
  const isKnown = mayUse(actor, agent) && (await catalog.current(actor.tenantId, agent)) !== null
  if (!isKnown) throw notFound('agent', agent)
  const { runs } = database.tables
  const [row] = await database.orm
    .select()
    .from(runs)
    .where(and(eq(runs.tenantId, actor.tenantId), eq(runs.chat, chatKey(agent, chatId))))
    .orderBy(desc(runs.id))
    .limit(1)
  return row ? toRun(row) : null
}

/** Where a client goes on reading: a run, and the event after which its message begins. */
export interface Place {
  run: Run
  after: number
}

/** Clients that resume by themselves name what they read so. */
export const placeId = ({ run, after }: Place): string => (after === 0 ? run.id : `${run.id}.${after}`)

/** @throws AppError not_found for a run of another agent or tenant. Null where the text is no such name */
export async function placeOf(
  app: Pick<AppContext, 'database'>,
  actor: Actor,
  agent: string,
  text: string,
): Promise<Place | null> {
  const [, id, after = '0'] = /^(run_[0-9a-f]{32})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (id === undefined) return null
  const run = await getRun(app, actor, id)
  if (run.agent !== agent) throw notFound('run', id)
  return { run, after: Number(after) }
}
