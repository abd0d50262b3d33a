/** A server-sent event with a number, as it comes. */
export interface EventFrame {
  id: number
  type: string
  data: unknown
}

/** The events of an answer, as many at a time as have come; those without a number are left out. */
export async function* framesOf({ body }: Response, onHeard: () => void): AsyncGenerator<EventFrame[]> {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    onHeard()
    text += value
    const end = text.lastIndexOf('\n\n')
    if (end === -1) continue
    const frames = text.slice(0, end).split('\n\n').flatMap(toFrame)
    text = text.slice(end + 2)
    if (frames.length > 0) yield frames
  }
}

function toFrame(frame: string): EventFrame[] {
  const [, id, type, data] = /^(?:id: (\d+)\n)?event: (\S+)\ndata: (.*)$/.exec(frame) ?? []
  return type === undefined || data === undefined ? [] : [{ id: Number(id ?? 0), type, data: JSON.parse(data) }]
}
