import type { Call, Pieces } from './turn.ts'
import { at, halves, lastUserContent, listAt, type Wire } from './wire.ts'

const reasons = { stop: 'stop', length: 'length', 'tool-calls': 'tool_calls' } as const

const usage = ({ input, output }: Pieces['usage']) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`

/** OpenAI Chat Completions, with `reasoning_content` as compatible servers send it. */
export const chatCompletions: Wire = {
  path: '/v1/chat/completions',

  lastUserText: body => lastUserContent(listAt(body, 'messages')),

  refusal(body) {
    const messages = listAt(body, 'messages')
    if (messages.length === 0) return "Missing required parameter: 'messages'."
    let open = new Set<unknown>()
    for (const message of messages) {
      if (at(message, 'role') === 'tool') {
        if (!open.delete(at(message, 'tool_call_id'))) {
          return "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
        }
        continue
      }
      if (open.size > 0) return `tool_call_ids did not have response messages: ${[...open].join(', ')}`
      open = new Set(listAt(message, 'tool_calls').map(toolCall => at(toolCall, 'id')))
    }
    return open.size > 0 ? `tool_call_ids did not have response messages: ${[...open].join(', ')}` : null
  },

  stream(pieces, call) {
    const chunk = (choices: unknown[], more: object = {}): string =>
      event({
        id: `chatcmpl-${call.serial}`,
        object: 'chat.completion.chunk',
        created: Math.floor(Date.now() / 1000),
        model: call.model,
        choices,
        ...more,
      })
    const delta = (value: object): string => chunk([{ index: 0, delta: value, finish_reason: null }])
    const toolCallDelta = (index: number, value: object): string => delta({ tool_calls: [{ index, ...value }] })
    return {
      head: () => delta({ role: 'assistant', content: '' }),
      deltas: [
        ...pieces.reasoning.map(piece => () => delta({ reasoning_content: piece() })),
        ...pieces.text.map(piece => () => delta({ content: piece() })),
        ...pieces.toolCalls.map(({ id, name, json }, index) => () => {
          const [head, tail] = halves(json)
          return (
            toolCallDelta(index, { id, type: 'function', function: { name, arguments: '' } }) +
            toolCallDelta(index, { function: { arguments: head } }) +
            toolCallDelta(index, { function: { arguments: tail } })
          )
        }),
      ],
      tail: () =>
        chunk([{ index: 0, delta: {}, finish_reason: reasons[pieces.finish] }]) +
        (at(call.body, 'stream_options', 'include_usage') === true ? chunk([], { usage: usage(pieces.usage) }) : '') +
        'data: [DONE]\n\n',
    }
  },

  whole: (pieces, call: Call) => ({
    id: `chatcmpl-${call.serial}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: call.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: pieces.text.map(piece => piece()).join(''),
          ...(pieces.reasoning.length > 0 && { reasoning_content: pieces.reasoning.map(piece => piece()).join('') }),
          ...(pieces.toolCalls.length > 0 && {
            tool_calls: pieces.toolCalls.map(({ id, name, json }) => ({
              id,
              type: 'function',
              function: { name, arguments: json },
            })),
          }),
        },
        finish_reason: reasons[pieces.finish],
      },
    ],
    usage: usage(pieces.usage),
  }),

  errorBody: error => ({
    error: { message: error.message, type: error.type ?? 'server_error', param: null, code: error.code ?? null },
  }),

  errorEvent: error => event(chatCompletions.errorBody(error)),
}
