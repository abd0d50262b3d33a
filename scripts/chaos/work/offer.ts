import { type Answer, type Client, textAt } from './client.ts'
import { type Followed, follow } from './follow.ts'
import type { Piece } from './plan.ts'
import { threadCount } from './plan.ts'

/** A run that a client was promised. */
export interface Promised {
  piece: Piece
  runId: string
  /** When it was asked for first, by the clock of the machine. */
  askedAt: number
  /** Its place among the runs of its thread. */
  place: number
}

export interface Offered {
  promised: Promised[]
  /** Keys of pieces whose only request got no answer: they may have a run. */
  unsure: Set<string>
  followed: Followed[]
  threads: string[]
  troubles: string[]
}

/** Hands the pieces in, each at its time. Resolves when every one of them is answered and every reader has ended. */
export async function offer(client: Client, pieces: Piece[], begun: number): Promise<Offered> {
  const offered: Offered = { promised: [], unsure: new Set(), followed: [], threads: [], troubles: [] }
  for (let number = 0; number < threadCount; number++) {
    offered.threads.push(textAt((await client.call('POST', '/v1/threads', {})).body, 'id'))
  }
  // Runs of one thread are asked for one after the other: so their order is known.
  const lines = new Map<number, Promise<void>>()
  const open: Promise<void>[] = []
  for (const piece of pieces) {
    const rest = piece.at - (performance.now() - begun)
    if (rest > 0) await Bun.sleep(rest)
    if (client.over) break
    const before = piece.thread === null ? undefined : lines.get(piece.thread)
    const done = (before ?? Promise.resolve()).then(() => handIn(client, piece, offered))
    const told = done.catch(error => {
      offered.troubles.push(`${piece.key}: ${error instanceof Error ? error.message : error}`)
    })
    if (piece.thread !== null) lines.set(piece.thread, told)
    open.push(told)
  }
  await Promise.all(open)
  await Promise.all(offered.followed.map(({ ended }) => ended))
  return offered
}

async function handIn(client: Client, piece: Piece, offered: Offered): Promise<void> {
  const { key, sort, play, thread } = piece
  const body = {
    agent: 'chaos',
    input: JSON.stringify(play),
    metadata: { key },
    // Every lost process costs an attempt.
    max_attempts: 100,
    ...(piece.delaySeconds > 0 && { delay_seconds: piece.delaySeconds }),
    ...(thread !== null && { thread_id: offered.threads[thread] }),
  }
  const askedAt = Date.now()
  const keyed = () => client.call('POST', '/v1/runs', body, { 'idempotency-key': key })
  if (sort === 'unkeyed') {
    const answer = await client.once('POST', '/v1/runs', body).catch(() => undefined)
    if (!answer || answer.status >= 500) {
      offered.unsure.add(key)
      return
    }
    promise(answer)
  } else {
    const answers = await Promise.all(sort === 'twice' ? [keyed(), keyed()] : [keyed()])
    if (new Set(answers.map(({ body }) => textAt(body, 'id'))).size > 1) {
      throw new Error(
        `one idempotency key made several runs: ${answers.map(({ body }) => textAt(body, 'id')).join(', ')}`,
      )
    }
    if (answers[0]) promise(answers[0])
  }

  function promise(answer: Answer): void {
    const runId = textAt(answer.body, 'id')
    if (answer.status !== 202) throw new Error(`was refused: ${JSON.stringify(answer)}`)
    offered.promised.push({ piece, runId, askedAt, place: offered.promised.length })
    if (piece.followed) offered.followed.push(follow(client, runId))
  }
  if (piece.cancelAfterMs === null) return
  await Bun.sleep(piece.cancelAfterMs)
  const runId = offered.promised.findLast(promised => promised.piece === piece)?.runId
  const { status } = await client.call('POST', `/v1/runs/${runId}/cancel`)
  // 409: it has ended.
  if (status !== 200 && status !== 409) throw new Error(`its cancelling was answered with ${status}`)
}
