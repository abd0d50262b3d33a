import type { Call, Pieces, TurnError } from './turn.ts'
import { at, halves, isEdge, lastUserContent, listAt, type Wire } from './wire.ts'

const usage = ({ input, output }: Pieces['usage']) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + output,
})

const sealed = (id: string): string => `sealed:${id}`

const reasoningItem = (call: Call, text: string) => {
  const id = `rs_${call.serial}`
  const wanted = listAt(call.body, 'include').includes('reasoning.encrypted_content')
  return {
    type: 'reasoning',
    id,
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(wanted && { encrypted_content: sealed(id) }),
  }
}

const messageItem = (call: Call, text: string | null) => ({
  type: 'message',
  id: `msg_${call.serial}`,
  role: 'assistant',
  status: text === null ? 'in_progress' : 'completed',
  content: text === null ? [] : [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

const functionCallItem = (toolCall: Pieces['toolCalls'][number], done: boolean) => ({
  type: 'function_call',
  id: `fc_${toolCall.id}`,
  call_id: toolCall.id,
  name: toolCall.name,
  arguments: done ? toolCall.json : '',
  status: done ? 'completed' : 'in_progress',
})

const response = (call: Call, pieces: Pieces | null, output: unknown[]) => ({
  id: `resp_${call.serial}`,
  object: 'response',
  created_at: Math.floor(Date.now() / 1000),
  status: pieces === null ? 'in_progress' : pieces.finish === 'length' ? 'incomplete' : 'completed',
  error: null,
  incomplete_details: pieces?.finish === 'length' ? { reason: 'max_output_tokens' } : null,
  model: call.model,
  output,
  usage: pieces && usage(pieces.usage),
})

/** OpenAI Responses. Items are never stored: a reference to one, or reasoning without its sealed content, is refused. */
export const responses: Wire = {
  path: '/v1/responses',

  lastUserText(body) {
    const input = at(body, 'input')
    return typeof input === 'string' ? input : lastUserContent(listAt(body, 'input'))
  },

  refusal(body) {
    const called = new Set<unknown>()
    const answered = new Set<unknown>()
    for (const item of listAt(body, 'input')) {
      switch (at(item, 'type')) {
        case 'item_reference':
          return `Item with id '${at(item, 'id')}' not found. Items are not persisted when \`store\` is set to false.`
        case 'reasoning':
          if (at(item, 'encrypted_content') !== sealed(String(at(item, 'id')))) {
            return `Item with id '${at(item, 'id')}' not found.`
          }
          break
        case 'function_call':
          called.add(at(item, 'call_id'))
          break
        case 'function_call_output':
          answered.add(at(item, 'call_id'))
          break
      }
    }
    const unanswered = called.difference(answered)
    const uncalled = answered.difference(called)
    if (unanswered.size > 0) return `No tool output found for function call ${[...unanswered].join(', ')}.`
    if (uncalled.size > 0)
      return `No tool call found for function call output with call_id ${[...uncalled].join(', ')}.`
    return null
  },

  stream(pieces, call) {
    let sequence = 0
    let outputIndex = -1
    const output: unknown[] = []
    const event = (type: string, data: object): string =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...data })}\n\n`
    const open = (item: object): string => {
      outputIndex++
      return event('response.output_item.added', { output_index: outputIndex, item })
    }
    const close = (item: object): string => {
      output.push(item)
      return event('response.output_item.done', { output_index: outputIndex, item })
    }

    const summaryPart = { item_id: `rs_${call.serial}`, summary_index: 0 }
    let summary = ''
    const reasoningDelta = (piece: string, { first, last }: { first: boolean; last: boolean }): string => {
      summary += piece
      const part = { output_index: first ? outputIndex + 1 : outputIndex, ...summaryPart }
      return [
        first ? open(reasoningItem(call, '')) : '',
        first
          ? event('response.reasoning_summary_part.added', { ...part, part: { type: 'summary_text', text: '' } })
          : '',
        event('response.reasoning_summary_text.delta', { ...part, delta: piece }),
        last ? event('response.reasoning_summary_text.done', { ...part, text: summary }) : '',
        last
          ? event('response.reasoning_summary_part.done', { ...part, part: { type: 'summary_text', text: summary } })
          : '',
        last ? close(reasoningItem(call, summary)) : '',
      ].join('')
    }

    let text = ''
    const textDelta = (piece: string, { first, last }: { first: boolean; last: boolean }): string => {
      text += piece
      const part = {
        item_id: `msg_${call.serial}`,
        output_index: first ? outputIndex + 1 : outputIndex,
        content_index: 0,
      }
      const content = (value: string) => ({ type: 'output_text', text: value, annotations: [], logprobs: [] })
      return [
        first ? open(messageItem(call, null)) : '',
        first ? event('response.content_part.added', { ...part, part: content('') }) : '',
        event('response.output_text.delta', { ...part, delta: piece, logprobs: [] }),
        last ? event('response.output_text.done', { ...part, text, logprobs: [] }) : '',
        last ? event('response.content_part.done', { ...part, part: content(text) }) : '',
        last ? close(messageItem(call, text)) : '',
      ].join('')
    }

    const toolCallDelta = (toolCall: Pieces['toolCalls'][number]): string => {
      const item = { item_id: `fc_${toolCall.id}`, output_index: outputIndex + 1 }
      const [head, tail] = halves(toolCall.json)
      return [
        open(functionCallItem(toolCall, false)),
        event('response.function_call_arguments.delta', { ...item, delta: head }),
        event('response.function_call_arguments.delta', { ...item, delta: tail }),
        event('response.function_call_arguments.done', { ...item, arguments: toolCall.json }),
        close(functionCallItem(toolCall, true)),
      ].join('')
    }

    return {
      head: () =>
        event('response.created', { response: response(call, null, []) }) +
        event('response.in_progress', { response: response(call, null, []) }),
      deltas: [
        ...pieces.reasoning.map((piece, index, all) => () => reasoningDelta(piece(), isEdge(index, all.length))),
        ...pieces.text.map((piece, index, all) => () => textDelta(piece(), isEdge(index, all.length))),
        ...pieces.toolCalls.map(toolCall => () => toolCallDelta(toolCall)),
      ],
      tail: () =>
        event(pieces.finish === 'length' ? 'response.incomplete' : 'response.completed', {
          response: response(call, pieces, output),
        }),
    }
  },

  whole: (pieces, call) =>
    response(call, pieces, [
      ...(pieces.reasoning.length > 0 ? [reasoningItem(call, pieces.reasoning.map(piece => piece()).join(''))] : []),
      ...(pieces.text.length > 0 ? [messageItem(call, pieces.text.map(piece => piece()).join(''))] : []),
      ...pieces.toolCalls.map(toolCall => functionCallItem(toolCall, true)),
    ]),

  errorBody: error => ({
    error: { message: error.message, type: error.type ?? 'server_error', param: null, code: error.code ?? null },
  }),

  errorEvent: (error: TurnError) =>
    `event: error\ndata: ${JSON.stringify({
      type: 'error',
      sequence_number: 0,
      error: { type: error.type ?? 'server_error', code: error.code ?? null, message: error.message, param: null },
    })}\n\n`,
}
