import type { Run } from '../../src/runs/run.ts'

export interface Client {
  url: string
  key: string
  /** Of the certificate that is trusted; without it plain HTTP. */
  ca?: string
}

/** A request to a service in a container. */
export const ask = (
  client: Client,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) =>
  fetch(`${client.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${client.key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(client.ca !== undefined && { tls: { ca: client.ca } }),
  })

/** As clients do: an idle connection that was closed while it was taken again is replaced, and the request sent again. */
export async function onOpenConnection(request: () => Promise<Response>, onAgain = () => {}): Promise<Response> {
  // There may be several of them.
  for (let tries = 1; ; tries++) {
    try {
      return await request()
    } catch (error) {
      if (tries > 8 || !(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error
      onAgain()
    }
  }
}

type SeenRun = Pick<Run, 'id' | 'status' | 'output' | 'attempt'>

/** The run in an answer that must be of this status. */
async function runOf(answer: Response, status: number): Promise<SeenRun> {
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`status ${answer.status} instead of ${status}: ${text}`)
  return JSON.parse(text)
}

export async function startRun(client: Client, agent: string): Promise<string> {
  const key = { 'idempotency-key': crypto.randomUUID() }
  return (
    await runOf(await onOpenConnection(() => ask(client, 'POST', '/v1/runs', { agent, input: 'hello' }, key)), 202)
  ).id
}

/** Whoever looks at a thousand runs comes to nginx' limit for one address, and goes on when it lets him. */
export async function waitFor(client: Client, runId: string): Promise<SeenRun> {
  for (;;) {
    const answer = await onOpenConnection(() => ask(client, 'GET', `/v1/runs/${runId}/wait`))
    if (answer.status !== 429) return runOf(answer, 200)
    await answer.body?.cancel()
    await Bun.sleep(1_000)
  }
}

/** The main job: an agent answers. */
export async function mainJob(client: Client, agent = 'echo'): Promise<void> {
  const run = await runOf(await ask(client, 'POST', '/v1/runs/wait', { agent, input: 'hello' }), 200)
  equal(run.status, 'completed')
  equal(run.output, 'hello')
}

/** All events of a run must be there, numbered from 1 without a gap. */
export async function wholeLog(client: Client, runId: string): Promise<{ seq: number; type: string }[]> {
  const answer = await ask(client, 'GET', `/v1/runs/${runId}/events?limit=500`)
  // Safe: the shape that the API documents, and its own tests hold it to.
  const { data } = (await answer.json()) as { data: { seq: number; type: string }[] }
  equal(
    data.map(event => event.seq),
    data.map((_, index) => index + 1),
  )
  return data
}

export function equal(actual: unknown, expected: unknown): void {
  if (!Bun.deepEquals(actual, expected)) throw new Error(`${Bun.inspect(actual)} instead of ${Bun.inspect(expected)}`)
}
