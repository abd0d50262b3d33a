import type { NewEvent } from '../../src/runs/event.ts'

/** A log with the text that its reader has to come to. */
export interface GeneratedLog {
  events: { type: string; data: string }[]
  /** Texts of its model steps, each as the attempt said it that finished the step. */
  texts: string[]
  end: 'completed' | 'failed' | 'cancelled'
}

export interface LogRules {
  /** An attempt that begins a step again may say something else than the one before. */
  mayDiffer: boolean
}

/** As `random.ts` of the chaos makes them: the same seed, the same numbers. */
function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2, cost_usd: null }

/** A log as runs write them: with tools, reasoning, attempts that were cut off anywhere, and every kind of end. */
export function generateLog(seed: number, { mayDiffer }: LogRules): GeneratedLog {
  const random = numbers(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const events: GeneratedLog['events'] = []
  const log = ({ type, data }: NewEvent) => void events.push({ type, data: JSON.stringify(data) })
  const texts: string[] = []
  let attempt = 1
  const again = () => {
    if (random() < 0.5) log({ type: 'run.interrupted', data: { attempt, reason: 'shutdown' } })
    else log({ type: 'run.retrying', data: { attempt: attempt++, reason: 'lost', delay_seconds: 0 } })
    log({ type: 'run.started', data: { attempt } })
  }
  const words = (salt: string) => Array.from({ length: below(5) }, (_, index) => `${salt}${index}"\\\n😀 `)
  const end = (['completed', 'completed', 'failed', 'cancelled'] as const)[below(4)] ?? 'completed'
  log({ type: 'run.created', data: { agent: 'a', agent_version: 1, thread_id: null } })
  log({ type: 'run.started', data: { attempt } })
  const modelSteps = 1 + below(3)
  let step = 0
  for (let turn = 0; turn < modelSteps; turn++) {
    step++
    const isLast = turn === modelSteps - 1
    const calls = isLast ? 0 : 1 + below(2)
    const thought = words('t')
    let said = words(`w${turn}`)
    const model = { step, kind: 'model' as const, model: 'fake/m' }
    for (let tries = below(3); tries > 0; tries--) {
      log({ type: 'step.started', data: model })
      for (const text of thought.slice(0, below(thought.length + 1)))
        log({ type: 'reasoning.delta', data: { step, text } })
      for (const text of said.slice(0, below(said.length + 1))) log({ type: 'text.delta', data: { step, text } })
      if (calls > 0 && random() < 0.3)
        log({ type: 'tool.call', data: { step, tool_call_id: `lost${turn}`, name: 'act', input: {} } })
      again()
      if (mayDiffer && random() < 0.5) said = words(`x${turn}`)
    }
    log({ type: 'step.started', data: model })
    for (const text of thought) log({ type: 'reasoning.delta', data: { step, text } })
    for (const text of said) log({ type: 'text.delta', data: { step, text } })
    const ids = Array.from({ length: calls }, (_, index) => `call${turn}${index}`)
    for (const id of ids) log({ type: 'tool.call', data: { step, tool_call_id: id, name: 'act', input: { id } } })
    const content = [{ type: 'text' as const, text: said.join('') }]
    log({
      type: 'step.completed',
      data: { step, kind: 'model', content, finish_reason: isLast ? 'stop' : 'tool-calls', usage },
    })
    texts.push(said.join(''))
    for (const id of ids) {
      step++
      const about = { step, tool_call_id: id, name: 'act' }
      if (random() < 0.3) {
        log({ type: 'step.started', data: { ...about, kind: 'tool' } })
        again()
      }
      log({ type: 'step.started', data: { ...about, kind: 'tool' } })
      const is_error = random() < 0.2
      log({ type: 'tool.result', data: { ...about, output: is_error ? 'failed' : { ok: true }, is_error } })
      log({ type: 'step.completed', data: { ...about, kind: 'tool', is_error } })
    }
  }
  if (end === 'completed') log({ type: 'run.completed', data: { output: texts.at(-1) ?? '', usage } })
  if (end === 'failed') log({ type: 'run.failed', data: { error: { code: 'provider_error', message: 'no' }, usage } })
  if (end === 'cancelled') log({ type: 'run.cancelled', data: { reason: 'Cancelled.', usage } })
  return { events, texts, end }
}
