import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, DeployCheck, Result } from './check.ts'

const defaultLimitSeconds = 300

/** Runs one check under its time limit, telling each statement as it is made. Never rejects. */
export async function runCheck(check: DeployCheck, tell: (line: string) => void): Promise<Result> {
  const started = performance.now()
  const result: Result = { check, outcome: 'passed', held: 0, notes: [], seconds: 0, reason: null }
  const missing = (await check.missing?.()) ?? null
  if (missing !== null) return { ...result, outcome: 'not checked', reason: missing }

  const limit = check.limitSeconds ?? defaultLimitSeconds
  const signal = AbortSignal.timeout(limit * 1_000)
  const undone: (() => Promise<unknown> | unknown)[] = []
  const folder = await mkdtemp(join(tmpdir(), 'bunkhouse-deploy-'))
  let current = 'begins'
  const bench: Bench = {
    folder,
    signal,
    note: figure => void result.notes.push(figure),
    afterwards: undo => void undone.push(undo),
    async step(statement, body) {
      signal.throwIfAborted()
      current = statement
      const from = performance.now()
      const value = await body()
      result.held += 1
      tell(`  ok  ${statement} (${seconds(from)} s)`)
      return value
    },
  }
  try {
    await Promise.race([check.run(bench), overdue(signal, limit)])
    if (result.held === 0) throw new Error('it states nothing')
  } catch (error) {
    result.outcome = 'failed'
    result.reason = `${current}: ${error instanceof Error ? error.message : error}`
    tell(`  FAILED  ${result.reason}`)
  }
  for (const undo of undone.reverse()) {
    try {
      await undo()
    } catch (error) {
      tell(`  left behind: ${error instanceof Error ? error.message : error}`)
    }
  }
  await rm(folder, { recursive: true, force: true })
  return { ...result, seconds: seconds(started) }
}

const overdue = (signal: AbortSignal, limit: number): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`not done within ${limit} s`)), { once: true })
  })

const seconds = (from: number): number => Math.round((performance.now() - from) / 100) / 10
