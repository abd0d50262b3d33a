import type { Client } from './client.ts'

/** One server-sent event. */
export interface Frame {
  seq: number
  type: string
  data: string
}

/** A reader of one run's stream, who comes back after every break. */
export interface Followed {
  runId: string
  frames: Frame[]
  /** How often it connected. */
  connections: number
  /** Resolves at the run's end, or when it is over. */
  ended: Promise<void>
}

/** The server says something every five seconds; one that is silent for longer is gone. */
const silentMs = 7_000
const pauseMs = 100

export function follow(client: Client, runId: string): Followed {
  const followed: Followed = { runId, frames: [], connections: 0, ended: Promise.resolve() }
  followed.ended = read(client, followed)
  return followed
}

async function read(client: Client, followed: Followed): Promise<void> {
  while (!client.over && !isTerminal(followed.frames.at(-1)?.type)) {
    await connect(client, followed).catch(() => {})
    if (!isTerminal(followed.frames.at(-1)?.type)) await Bun.sleep(pauseMs)
  }
}

async function connect(client: Client, followed: Followed): Promise<void> {
  const silent = new AbortController()
  const watch = () => setTimeout(() => silent.abort(), silentMs)
  let watching = watch()
  try {
    const last = followed.frames.at(-1)
    const headers: Record<string, string> = last ? { 'last-event-id': String(last.seq) } : {}
    const response = await client.open('GET', `/v1/runs/${followed.runId}/stream`, undefined, headers, silent.signal)
    if (response.status !== 200 || !response.body) return
    followed.connections++
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of response.body) {
      clearTimeout(watching)
      watching = watch()
      const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(block, followed.frames)
    }
  } finally {
    clearTimeout(watching)
  }
}

function take(block: string, frames: Frame[]): void {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2))
  }
  const seq = fields.get('id')
  if (seq !== undefined)
    frames.push({ seq: Number(seq), type: fields.get('event') ?? '', data: fields.get('data') ?? '' })
}

export const isTerminal = (type: string | undefined): boolean =>
  type === 'run.completed' || type === 'run.failed' || type === 'run.cancelled'
