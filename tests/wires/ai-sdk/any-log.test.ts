import { expect, test } from 'bun:test'
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai'
import { UiFrames } from '../../../src/wires/ai-sdk/ui-frames.ts'
import { generateLog } from '../generated-log.ts'

const rounds = 400
const first = Number(process.env.LOG_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** As the client reads them, which refuses what does not follow. */
async function readAll(chunks: UIMessageChunk[]): Promise<{ message: UIMessage | undefined; errors: string[] }> {
  const stream = new ReadableStream<UIMessageChunk>({
    start: controller => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  const errors: string[] = []
  let message: UIMessage | undefined
  const onError = (error: unknown) => void errors.push(error instanceof Error ? error.message : String(error))
  for await (const seen of readUIMessageStream({ stream, onError })) message = seen
  return { message, errors }
}

test(`any log becomes a message that the client takes, LOG_SEED=${first}`, async () => {
  for (let seed = first; seed < first + rounds; seed++) {
    const { events, texts, end } = generateLog(seed, { mayDiffer: true })
    const frames = new UiFrames('run_1')
    // Safe: the set of chunks is held against the client's own by this test.
    const chunks = [
      ...frames.begin(),
      ...events.flatMap(({ type, data }) => frames.add(type, data)),
    ] as UIMessageChunk[]
    const { message, errors } = await readAll(chunks)
    expect({ seed, errors }).toEqual({ seed, errors: end === 'failed' ? ['no'] : [] })
    const told = message?.parts.map(part => (part.type === 'text' ? part.text : '')).join('')
    expect({ seed, told }).toEqual({ seed, told: texts.join('') })
    expect({ seed, ended: frames.hasEnded, last: chunks.at(-1)?.type }).toEqual({ seed, ended: true, last: 'finish' })
    const open = message?.parts.filter(part => 'state' in part && /streaming|input-available/.test(String(part.state)))
    expect({ seed, open }).toEqual({ seed, open: [] })
  }
})
