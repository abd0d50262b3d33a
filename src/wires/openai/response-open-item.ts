import type { ResponseEvent } from './response-frames.ts'
import type { MessageItem, ReasoningItem } from './response-object.ts'
import type { Said } from './said.ts'

/** An item of a response that is being said: a message, or what was thought before it. */
export interface OpenItem {
  item: MessageItem | ReasoningItem
  said: Said
  begin(): ResponseEvent[]
  /** @param piece the inside of a JSON string */
  delta(piece: string): ResponseEvent
  /** The same as a server-sent event, byte for byte, without looking into the piece. */
  deltaFrame(sequence: number, piece: string): string
  /** Writes what was said so far into the item. */
  note(): void
  end(): ResponseEvent[]
}

export interface ItemPlace {
  /** Tells it from the other items of its kind. */
  suffix: string
  /** Its place in the output. */
  index: number
}

interface Kind<Item> {
  item: Item
  /** As it is before anything is said. */
  empty: object
  /** Which part of it a text is. */
  at: object
  partEvent: string
  textEvent: string
  /** What stands behind a text. */
  more: object
  part: { text: string }
}

export function openMessage({ suffix, index }: ItemPlace, said: Said): OpenItem {
  const part = { type: 'output_text' as const, text: '', annotations: [], logprobs: [] }
  const item: MessageItem = {
    id: `msg_${suffix}`,
    type: 'message',
    role: 'assistant',
    status: 'in_progress',
    content: [],
  }
  const open = opened(
    {
      item,
      empty: { ...item, content: [] },
      part,
      at: { item_id: item.id, output_index: index, content_index: 0 },
      partEvent: 'response.content_part',
      textEvent: 'response.output_text',
      more: { logprobs: [] },
    },
    index,
    said,
  )
  return { ...open, begin: () => open.begin(() => item.content.push(part)) }
}

export function openReasoning({ suffix, index }: ItemPlace, said: Said): OpenItem {
  const part = { type: 'summary_text' as const, text: '' }
  const item: ReasoningItem = { id: `rs_${suffix}`, type: 'reasoning', status: 'in_progress', summary: [] }
  const open = opened(
    {
      item,
      empty: { ...item, summary: [] },
      part,
      at: { item_id: item.id, output_index: index, summary_index: 0 },
      partEvent: 'response.reasoning_summary_part',
      textEvent: 'response.reasoning_summary_text',
      more: {},
    },
    index,
    said,
  )
  return { ...open, begin: () => open.begin(() => item.summary.push(part)) }
}

function opened(kind: Kind<MessageItem | ReasoningItem>, output_index: number, said: Said) {
  const { item, empty, at, partEvent, textEvent, more, part } = kind
  const type = `${textEvent}.delta`
  const head = `event: ${type}\ndata: {"type":"${type}","sequence_number":`
  const middle = `,${JSON.stringify(at).slice(1, -1)},"delta":"`
  const others = JSON.stringify(more).slice(1)
  const tail = `"${others === '}' ? '' : ','}${others}\n\n`
  const note = () => {
    part.text = said.text
  }
  return {
    item,
    said,
    note,
    begin: (add: () => void): ResponseEvent[] => {
      const added = { type: 'response.output_item.added', output_index, item: empty }
      add()
      return [added, { type: `${partEvent}.added`, ...at, part: { ...part } }]
    },
    delta: (piece: string) => ({ type, ...at, delta: JSON.parse(`"${piece}"`) as string, ...more }), // of a JSON string
    deltaFrame: (sequence: number, piece: string) => `${head}${sequence}${middle}${piece}${tail}`,
    end: () => {
      note()
      item.status = 'completed'
      return [
        { type: `${textEvent}.done`, ...at, text: part.text, ...more },
        { type: `${partEvent}.done`, ...at, part: { ...part } },
        // Nothing of it changes any more.
        { type: 'response.output_item.done', output_index, item },
      ]
    },
  }
}
