import { cpuSeconds } from '../process-usage.ts'
import type { Report } from '../report.ts'
import type { Service } from '../service.ts'
import { median } from '../statistics.ts'

const runs = 100
const tokens = 250
const everyMs = 8
const rounds = 7

interface Wire {
  path: string
  body(input: string): object
}

const messages = (content: string) => [{ role: 'user', content }]

const wires: Record<string, Wire> = {
  native: { path: '/v1/runs/stream', body: input => ({ agent: 'tokens', input }) },
  'OpenAI chat': {
    path: '/openai/v1/chat/completions',
    body: input => ({ model: 'tokens', messages: messages(input), stream: true }),
  },
  'OpenAI responses': { path: '/openai/v1/responses', body: input => ({ model: 'tokens', input, stream: true }) },
  'AI SDK': {
    path: '/ai-sdk/tokens',
    body: text => ({ messages: [{ role: 'user', parts: [{ type: 'text', text }] }] }),
  },
}

/**
 * The same runs, streamed as they happen, by each wire in turn: what the service's processor does for a token. Tokens
 * come at a given pace, so time by the clock would say nothing.
 */
export async function measureStreams(report: Report, engine: string, service: Service): Promise<void> {
  const took = new Map<string, number[]>(Object.keys(wires).map(wire => [wire, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [wire, { path, body }] of Object.entries(wires)) {
      const begun = cpuSeconds(service.pid)
      const epoch = Date.now()
      await Promise.all(Array.from({ length: runs }, (_, index) => stream(service, path, body(plan(epoch, index)))))
      // The first round warms up.
      if (round > 0) took.get(wire)?.push(cpuSeconds(service.pid) - begun)
    }
  }
  const native = median(took.get('native') ?? [])
  for (const [wire, seconds] of took) {
    const subject = `live runs on ${engine}, ${wire}`
    report.add(subject, 'tokens for a second of processor', (runs * tokens) / median(seconds), '1/s')
    if (wire !== 'native') report.add(subject, 'processor beside the native stream', median(seconds) / native, 'times')
  }
}

/** Input of an agent, no two alike: a client that sends the same again is given the run it has. */
const plan = (epoch: number, index: number): string =>
  JSON.stringify({ epoch, firstAtMs: 300 + (index * everyMs) / runs, everyMs, tokens })

async function stream(service: Service, path: string, body: object): Promise<void> {
  const text = await (await service.request('POST', path, body)).text()
  const deltas = text.match(/@/g)?.length ?? 0
  if (deltas < tokens) throw new Error(`${path} told ${deltas} tokens and ended with: ${text.slice(-300)}`)
}
