import { estimateTokens, fitHistory, type HistoryEntry, type HistoryLimits } from '../agents/fit-history.ts'
import { inputMessages, type Message } from '../agents/message.ts'
import { modelName } from '../agents/models/choice.ts'
import { contextTokens } from '../agents/models/windows.ts'
import type { RunnableAgent, StepLoopInput } from '../agents/step-loop.ts'
import { summarize } from '../agents/summarize.ts'
import type { AppContext } from '../context.ts'
import { readConversation, type ThreadSummary } from '../threads/read-conversation.ts'
import type { RunLog } from './run-log.ts'

/** Of a thread, where its agent says nothing else. */
const defaultMessages = 200
/** How much of what a model takes is for the conversation: the rest is for tools and what they answer. */
const share = 0.75
/** What is kept as it stands when the rest is summed up: else each run would sum up a message or two. */
const keptOnSummary = 0.5

interface Remembered {
  /** The last message of its thread that the run was given before it waited; null: it has not waited. */
  position: number | null
  /** What an earlier attempt has summed up. */
  summary: ThreadSummary | null
}

type Asking = Pick<StepLoopInput, 'models' | 'circuits' | 'meter' | 'signal' | 'idleTimeoutMs' | 'emit'> & {
  agent: RunnableAgent
  log: RunLog
}

/**
 * What of its thread a run is given: what fits by its agent's rule, and before that a summary, where there is one. A run
 * that has waited goes on with what it was given at first: its thread may have grown meanwhile.
 * @throws ModelFailed, BudgetExceeded, or the signal's reason, where a summary has to be made
 */
export async function runHistory(
  { database }: Pick<AppContext, 'database'>,
  threadId: string,
  { position, summary: made }: Remembered,
  asking: Asking,
): Promise<{ messages: Message[]; position: number }> {
  const read = await readConversation(database, threadId, position)
  const summary = made ?? read.summary
  const entries = made ? read.entries.filter(entry => entry.position > made.position) : read.entries
  const given = { summary, entries }
  const limits = limitsOf(asking)
  const { kept, left } = fitHistory(entries, limits)
  // What was made is not made again, also where other tokens are counted now.
  if (left.length === 0 || !asking.agent.history.summarize || made) {
    return { messages: told(summary, left.length === 0 ? entries : kept), position: read.position }
  }
  const short = await sumUp(given, limits, asking)
  return { messages: told(short.summary, short.kept), position: read.position }
}

async function sumUp(
  { summary, entries }: { summary: ThreadSummary | null; entries: HistoryEntry[] },
  { maxMessages, maxTokens }: HistoryLimits,
  { agent, log, ...asking }: Asking,
): Promise<{ summary: ThreadSummary | null; kept: HistoryEntry[] }> {
  const { kept, left } = fitHistory(entries, {
    maxMessages: Math.floor(maxMessages * keptOnSummary),
    maxTokens: maxTokens === null ? null : Math.floor(maxTokens * keptOnSummary),
  })
  const position = left.at(-1)?.position
  if (position === undefined) return { summary, kept }
  const messages = left.map(({ message }) => message)
  const { text, model, usage } = await summarize({ ...asking, agent }, summary?.text ?? null, messages)
  log.append({ type: 'history.summarized', data: { model, position, text, usage } })
  // Nobody builds upon what may have to be made again.
  await log.durable()
  return { summary: { position, text }, kept }
}

function told(summary: ThreadSummary | null, entries: HistoryEntry[]): Message[] {
  const messages = entries.map(({ message }) => message)
  if (summary === null) return messages
  return [{ role: 'system', content: `What was said before, in short:\n${summary.text}` }, ...messages]
}

/** The input of the run and what its agent is told have to fit beside the thread. */
function limitsOf({ agent, models, log }: Asking): HistoryLimits {
  const { max_messages: maxMessages = defaultMessages, max_tokens } = agent.history
  const takes = models.flatMap(({ model }) => contextTokens(modelName(model)) ?? [])
  const window = takes.length === 0 ? null : Math.floor(Math.min(...takes) * share)
  const most = max_tokens ?? window
  if (most === null) return { maxMessages, maxTokens: null }
  const beside = [...inputMessages(log.run.input), { content: agent.instructions ?? '' }]
  return { maxMessages, maxTokens: Math.max(0, most - beside.reduce((sum, each) => sum + estimateTokens(each), 0)) }
}
