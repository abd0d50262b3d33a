import type { HttpContext } from '../../context.ts'
import { AppError } from '../../errors.ts'
import { RunFollowing } from '../../runs/follow-run.ts'
import { readEvents } from '../../runs/read-events.ts'
import type { Run } from '../../runs/run.ts'
import { ChatFrames, type ChatPart, type ChatToolCall } from './chat-frames.ts'

/** Which part of a run's log answers a request: what follows the results that it brought, or all of it. */
export interface Answered {
  run: Run
  after: number
  isWhole: boolean
}

const common = ({ id, agent, createdAt }: Run) => ({
  id: `chatcmpl-${id.slice(id.indexOf('_') + 1)}`,
  created: Math.floor(createdAt / 1_000),
  model: agent,
})

const pageSize = 500

/** The answer at once, of a run that has ended or waits for its caller. @throws AppError timeout, provider_error */
export async function wholeCompletion({ database }: Pick<HttpContext, 'database'>, { run, after, isWhole }: Answered) {
  const frames = new ChatFrames({ isWhole })
  const parts: ChatPart[] = []
  for (let cursor = after; ; ) {
    const events = await readEvents(database, run.id, cursor, pageSize)
    for (const { type, data } of events) parts.push(...frames.add(type, data))
    cursor = events.at(-1)?.seq ?? cursor
    if (events.length < pageSize) break
  }
  let content: string | null = null
  const texts: string[] = []
  let calls: ChatToolCall[] = []
  for (const part of parts) {
    if (part.kind === 'failure') throw failureOf(part)
    if (part.kind === 'end') {
      const tool_calls = calls.map(({ index: _, ...call }) => call)
      // Insides of JSON strings are one when they are put together.
      const said = texts.length === 0 ? content : (JSON.parse(`"${texts.join('')}"`) as string)
      const message = {
        role: 'assistant' as const,
        content: said,
        refusal: null,
        ...(tool_calls.length > 0 && { tool_calls }),
      }
      const choice = { index: 0, message, logprobs: null, finish_reason: part.finish }
      return { ...common(run), object: 'chat.completion' as const, choices: [choice], usage: part.usage }
    }
    if (part.kind === 'text') {
      texts.push(part.piece)
      continue
    }
    content = part.delta.content ?? content
    calls = [...calls, ...(part.delta.tool_calls ?? [])]
  }
  throw new AppError('timeout', `Run ${run.id} goes on: it can be read at /v1/runs/${run.id}.`)
}

function failureOf({ message, code }: Extract<ChatPart, { kind: 'failure' }>): AppError {
  if (code === 'budget_exceeded') return new AppError('forbidden', message)
  return new AppError(code === 'timeout' ? 'timeout' : 'provider_error', message)
}

/** What stands before and behind the text of a chunk. */
function around(chunk: string): [string, string] {
  const field = '"content":"'
  const at = chunk.indexOf(field) + field.length
  return [chunk.slice(0, at), chunk.slice(at)]
}

/** The answer as it comes. A reader that is slow is not buffered for: the rest waits in the log. */
export function streamedCompletion(
  app: Pick<HttpContext, 'database' | 'hub' | 'streams'>,
  request: Request,
  { run, after, isWhole }: Answered,
  includesUsage: boolean,
): Response {
  const base = { ...common(run), object: 'chat.completion.chunk' as const }
  const usage = includesUsage ? { usage: null } : {}
  const frame = (value: object) => `data: ${JSON.stringify(value)}\n\n`
  const chunk = (delta: object, finish_reason: string | null = null) =>
    frame({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason }], ...usage })
  // The greatest part of an answer: its text is passed on as it is stored.
  const [textHead, textTail] = around(chunk({ content: '' }))
  const text = (part: ChatPart): string => {
    switch (part.kind) {
      case 'text':
        return `${textHead}${part.piece}${textTail}`
      case 'delta':
        return chunk(part.delta)
      case 'end': {
        const last = includesUsage ? frame({ ...base, choices: [], usage: part.usage }) : ''
        return `${chunk({}, part.finish)}${last}data: [DONE]\n\n`
      }
      case 'failure':
        return frame({ error: { message: part.message, type: 'server_error', param: null, code: part.code } })
    }
  }
  return app.streams.open(
    request,
    stream => {
      const frames = new ChatFrames({ isWhole })
      stream.send(chunk({ role: 'assistant', content: '' }))
      const end = () => {
        following.stop()
        stream.end()
      }
      const following = new RunFollowing(
        app,
        { run, after },
        {
          push: events => {
            const told = events.flatMap(({ type, data }) => frames.add(type, data)).map(text)
            const hasRoom = told.length === 0 || stream.send(told.join(''))
            // It may wait for its caller now, who has what it waits for.
            if (frames.hasEnded) end()
            return hasRoom
          },
          end,
          fail: end,
        },
      )
      following.start()
      return { pull: () => following.more(), tick: () => following.poll(), close: () => following.stop() }
    },
    { 'x-bunkhouse-run-id': run.id },
  )
}
