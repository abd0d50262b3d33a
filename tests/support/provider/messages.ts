import type { Call, Pieces } from './turn.ts'
import { at, contentText, halves, isEdge, lastUserContent, listAt, type Wire } from './wire.ts'

const reasons = { stop: 'end_turn', length: 'max_tokens', 'tool-calls': 'tool_use' } as const

const event = (data: { type: string; [key: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`

const signature = (call: Call): string => `signature-${call.serial}`

const blocks = (message: unknown, type: string): unknown[] =>
  listAt(message, 'content').filter(block => at(block, 'type') === type)

const message = (call: Call, content: unknown[], stopReason: string | null, usage: object) => ({
  id: `msg_${call.serial}`,
  type: 'message',
  role: 'assistant',
  model: call.model,
  content,
  stop_reason: stopReason,
  stop_sequence: null,
  usage,
})

/** Refused content of one message, whatever stands around it. */
const blockRefusal = (message: unknown): string | null => {
  if (blocks(message, 'text').some(block => contentText([block]) === '')) return 'text content blocks must be non-empty'
  if (blocks(message, 'thinking').some(block => !String(at(block, 'signature')).startsWith('signature-'))) {
    return 'Invalid `signature` in `thinking` block'
  }
  const inputs = blocks(message, 'tool_use').map(block => at(block, 'input'))
  if (inputs.some(input => typeof input !== 'object' || input === null)) {
    return 'tool_use.input: Input should be a valid dictionary'
  }
  return null
}

/** Anthropic Messages, with thinking blocks. */
export const messages: Wire = {
  path: '/v1/messages',

  lastUserText: body => lastUserContent(listAt(body, 'messages')),

  refusal(body) {
    if (typeof at(body, 'max_tokens') !== 'number') return 'max_tokens: Field required'
    const all = listAt(body, 'messages')
    if (at(all[0], 'role') !== 'user') return 'messages: first message must use the "user" role'
    let open = new Set<unknown>()
    for (const one of all) {
      const refused = blockRefusal(one)
      if (refused !== null) return refused
      const answered = new Set(blocks(one, 'tool_result').map(block => at(block, 'tool_use_id')))
      if (open.difference(answered).size > 0)
        return '`tool_use` ids were found without `tool_result` blocks immediately after'
      if (answered.difference(open).size > 0) return 'unexpected `tool_use_id` found in `tool_result` blocks'
      open = new Set(blocks(one, 'tool_use').map(block => at(block, 'id')))
    }
    return open.size > 0 ? '`tool_use` ids were found without `tool_result` blocks immediately after' : null
  },

  stream(pieces, call) {
    let index = -1
    const open = (block: object): string => {
      index++
      return event({ type: 'content_block_start', index, content_block: block })
    }
    const delta = (value: object): string => event({ type: 'content_block_delta', index, delta: value })
    const close = (): string => event({ type: 'content_block_stop', index })

    const thinkingDelta = (piece: string, { first, last }: { first: boolean; last: boolean }): string =>
      (first ? open({ type: 'thinking', thinking: '', signature: '' }) : '') +
      delta({ type: 'thinking_delta', thinking: piece }) +
      (last ? delta({ type: 'signature_delta', signature: signature(call) }) + close() : '')

    const textDelta = (piece: string, { first, last }: { first: boolean; last: boolean }): string =>
      (first ? open({ type: 'text', text: '' }) : '') +
      delta({ type: 'text_delta', text: piece }) +
      (last ? close() : '')

    const toolCallDelta = ({ id, name, json }: Pieces['toolCalls'][number]): string => {
      const [head, tail] = halves(json)
      return [
        open({ type: 'tool_use', id, name, input: {} }),
        delta({ type: 'input_json_delta', partial_json: '' }),
        delta({ type: 'input_json_delta', partial_json: head }),
        delta({ type: 'input_json_delta', partial_json: tail }),
        close(),
      ].join('')
    }

    return {
      head: () =>
        event({
          type: 'message_start',
          message: message(call, [], null, { input_tokens: pieces.usage.input, output_tokens: 1 }),
        }) + event({ type: 'ping' }),
      deltas: [
        ...pieces.reasoning.map((piece, at, all) => () => thinkingDelta(piece(), isEdge(at, all.length))),
        ...pieces.text.map((piece, at, all) => () => textDelta(piece(), isEdge(at, all.length))),
        ...pieces.toolCalls.map(toolCall => () => toolCallDelta(toolCall)),
      ],
      tail: () =>
        event({
          type: 'message_delta',
          delta: { stop_reason: reasons[pieces.finish], stop_sequence: null },
          usage: { output_tokens: pieces.usage.output },
        }) + event({ type: 'message_stop' }),
    }
  },

  whole: (pieces, call) =>
    message(
      call,
      [
        ...(pieces.reasoning.length > 0
          ? [
              {
                type: 'thinking',
                thinking: pieces.reasoning.map(piece => piece()).join(''),
                signature: signature(call),
              },
            ]
          : []),
        ...(pieces.text.length > 0 ? [{ type: 'text', text: pieces.text.map(piece => piece()).join('') }] : []),
        ...pieces.toolCalls.map(({ id, name, json }) => ({ type: 'tool_use', id, name, input: JSON.parse(json) })),
      ],
      reasons[pieces.finish],
      { input_tokens: pieces.usage.input, output_tokens: pieces.usage.output },
    ),

  errorBody: error => ({
    type: 'error',
    error: { type: error.type ?? 'api_error', message: error.message },
    request_id: 'req_1',
  }),

  errorEvent: error => event({ type: 'error', error: { type: error.type ?? 'api_error', message: error.message } }),
}
