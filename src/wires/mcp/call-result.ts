import type { CallToolResult } from '@modelcontextprotocol/server'
import { type Run, runUsage } from '../../runs/run.ts'

/** Names of ours in what the protocol leaves open. */
export const metaKey = {
  runId: 'bunkhouse/run_id',
  threadId: 'bunkhouse/thread_id',
  usage: 'bunkhouse/usage',
  onDisconnect: 'bunkhouse/on_disconnect',
  idempotencyKey: 'bunkhouse/idempotency_key',
} as const

/** What came of a call, from a run that is final. */
export function callResult(run: Run): CallToolResult {
  const _meta = {
    [metaKey.runId]: run.id,
    ...(run.threadId !== null && { [metaKey.threadId]: run.threadId }),
    [metaKey.usage]: runUsage(run),
  }
  if (run.status !== 'completed') return { content: [text(failureOf(run))], isError: true, _meta }
  const { output } = run
  const isObject = typeof output === 'object' && output !== null && !Array.isArray(output)
  return {
    content: [text(typeof output === 'string' ? output : JSON.stringify(output))],
    ...(isObject && { structuredContent: output }),
    _meta,
  }
}

export const text = (said: string) => ({ type: 'text' as const, text: said })

const failureOf = ({ id, error, status }: Run): string =>
  error ? `${error.code}: ${error.message} (run ${id})` : `Run ${id} is ${status}.`
