// The clients as a process of their own. By `fetch`, as some entrants answer in chunks.
import { quantile } from '../statistics.ts'
import type { ClientJob, ClientResult } from './client-job.ts'

process.on('message', async (job: ClientJob) => {
  try {
    process.send?.(await ask(job))
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())

async function ask(job: ClientJob): Promise<ClientResult> {
  const begun = performance.now()
  const from = begun + job.warmUpSeconds * 1000
  const until = from + job.seconds * 1000
  const took: number[] = []
  const client = async () => {
    for (let sent = performance.now(); sent < until; sent = performance.now()) {
      await oneRun(job)
      const now = performance.now()
      if (now >= from && now < until) took.push(now - sent)
    }
  }
  await Promise.all(Array.from({ length: job.clients }, client))
  return { perSecond: took.length / job.seconds, medianMs: quantile(took, 0.5), p99Ms: quantile(took, 0.99) }
}

/** @throws Error where it was not answered as it should */
async function oneRun({ url, headers, body, expected }: ClientJob): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  if (!response.ok || !text.includes(expected)) throw new Error(`${url}: ${response.status} ${text.slice(0, 500)}`)
}
