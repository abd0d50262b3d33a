import { type Frame, stepOf } from './event-reader.ts'

const interruptions = new Set(['run.retrying', 'run.interrupted'])

/**
 * What a log tells apart from how often it was interrupted and where its text was cut: interruptions, the starts after
 * them and what unfinished steps had said are left out, deltas are joined, and the events of steps that ran side by side
 * are put in the order of the steps. The rest stays byte for byte.
 */
export function story(frames: Frame[]): string[] {
  return joinDeltas(inOrder(withoutInterruptions(frames))).map(({ event, data }) => `${event} ${data}`)
}

function withoutInterruptions(frames: Frame[]): Frame[] {
  let kept: Frame[] = []
  const finished = new Set<number | undefined>([undefined])
  for (const frame of frames) {
    if (interruptions.has(frame.event)) {
      kept = kept.filter(earlier => finished.has(stepOf(earlier)))
      continue
    }
    if (frame.event === 'step.completed') finished.add(stepOf(frame))
    if (frame.event === 'run.started' && kept.some(({ event }) => event === frame.event)) continue
    kept.push(frame)
  }
  return kept
}

const inOrder = (frames: Frame[]): Frame[] =>
  frames
    .map((frame, index) => ({ frame, place: stepOf(frame) ?? (index < 2 ? 0 : Number.POSITIVE_INFINITY) }))
    .sort((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ frame }) => frame)

function joinDeltas(frames: Frame[]): Frame[] {
  const joined: Frame[] = []
  for (const frame of frames) {
    const last = joined.at(-1)
    if (last?.event === 'text.delta' && frame.event === 'text.delta' && stepOf(last) === stepOf(frame)) {
      const { step, text } = JSON.parse(last.data)
      last.data = JSON.stringify({ step, text: text + JSON.parse(frame.data).text })
    } else joined.push({ ...frame })
  }
  return joined
}

/** Numbers an intact log has: from 1, none missing, none twice. */
export const numbersOf = (frames: Frame[]) => ({
  received: frames.map(({ id }) => id),
  intact: frames.map((_frame, index) => index + 1),
})
