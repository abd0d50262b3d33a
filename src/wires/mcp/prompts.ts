import type { GetPromptResult, Prompt } from '@modelcontextprotocol/server'
import type { Agent } from '../../catalog/agent-row.ts'
import { getAgent, listAgents } from '../../catalog/list-agents.ts'
import type { Actor, AppContext } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { text } from './call-result.ts'

type Needs = Pick<AppContext, 'catalog' | 'clock' | 'database'>

const most = 10_000

/** What agents are told to be, for a client’s own model. */
export const listPrompts = async (app: Needs, actor: Actor): Promise<Prompt[]> =>
  (await listAgents(app, actor, { limit: most })).filter(({ record }) => record.instructions !== null).map(toPrompt)

const toPrompt = ({ name, record: { description } }: Agent): Prompt => ({
  name,
  ...(description !== null && { description }),
  arguments: [{ name: 'input', description: 'What to answer or to do.', required: false }],
})

/** @throws AppError not_found */
export async function getPrompt(
  app: Needs,
  actor: Actor,
  name: string,
  input: string | undefined,
): Promise<GetPromptResult> {
  const {
    record: { description, instructions },
  } = await getAgent(app, actor, name)
  if (instructions === null) throw notFound('prompt', name)
  return {
    ...(description !== null && { description }),
    messages: [instructions, ...(input ? [input] : [])].map(said => ({ role: 'user' as const, content: text(said) })),
  }
}
