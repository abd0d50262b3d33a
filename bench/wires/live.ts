import { join } from 'node:path'
import { startProvider } from '../runs/provider.ts'
import { benchKey, type Service } from '../service.ts'
import { median } from '../statistics.ts'

const streams = 50
const rounds = 5
const stampsOfOne = 12
/** One begins after the other, and all of them are open together: streams do not tick as one. */
const apartMs = 20

/** A provider whose tokens are the times at which they were sent. */
export async function startStampingProvider(folder: string) {
  const script = join(folder, 'stamps.json')
  await Bun.write(script, JSON.stringify({ stamps: [{ stamps: stampsOfOne, delayMs: 150 }] }))
  return startProvider(script)
}

interface Asked {
  wire: string
  path: string
  body: object
}

/** How long after its sending the first token is read: of each wire, less what it is straight from the provider. */
export async function liveReadings(
  service: Service,
  providerUrl: string,
): Promise<{ wire: string; delayMs: number }[]> {
  const message = { role: 'user', content: 'go' }
  const parts = [{ role: 'user', parts: [{ type: 'text', text: 'go' }] }]
  const asked: Asked[] = [
    { wire: 'native', path: '/v1/runs/stream', body: { agent: 'stamps', input: 'go' } },
    {
      wire: 'OpenAI chat',
      path: '/openai/v1/chat/completions',
      body: { model: 'stamps', messages: [message], stream: true },
    },
    { wire: 'AI SDK', path: '/ai-sdk/stamps', body: { messages: parts } },
  ]
  const base = `http://127.0.0.1:${service.port}`
  const direct = { path: '/v1/chat/completions', body: { model: 'stamps', messages: [message], stream: true } }
  const delays = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++) {
    const own = median(await together(providerUrl, direct))
    for (const { wire, ...request } of asked) {
      const above = median(await together(base, request)) - own
      // The first round warms up.
      if (round > 0) delays.set(wire, [...(delays.get(wire) ?? []), above])
    }
  }
  return [...delays].map(([wire, above]) => ({ wire, delayMs: median(above) }))
}

function together(base: string, request: Pick<Asked, 'path' | 'body'>): Promise<number[]> {
  return Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      await Bun.sleep(index * apartMs)
      return firstDelay(base, request)
    }),
  )
}

/** Milliseconds from the sending of a stream's first token until it is read here. */
async function firstDelay(base: string, { path, body }: Pick<Asked, 'path' | 'body'>): Promise<number> {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${benchKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  let text = ''
  let first: number | undefined
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    if (first !== undefined) continue
    text += decoder.decode(bytes, { stream: true })
    const stamp = /\b(1\d{12}\.\d{3}) /.exec(text)?.[1]
    if (stamp !== undefined) first = performance.timeOrigin + performance.now() - Number(stamp)
  }
  if (first === undefined) throw new Error(`${path} told no token: ${text.slice(0, 300)}`)
  return first
}
