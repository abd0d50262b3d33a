export interface CheckReport {
  status: 'ok' | 'failed'
  detail?: string
}

export interface ReadinessReport {
  status: 'ready' | 'not_ready'
  checks: Record<string, CheckReport>
}

/** Resolves when all is well, rejects with what to tell the operator otherwise. */
export type ReadinessCheck = () => Promise<void> | void

const timeLimitMs = 1_000

/** Asks every part at once, each with a time limit of its own. */
export class Readiness {
  readonly #checks: Record<string, ReadinessCheck>

  constructor(checks: Record<string, ReadinessCheck>) {
    this.#checks = checks
  }

  async check(): Promise<ReadinessReport> {
    const reports = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) => [name, await run(check)] as const),
    )
    const ready = reports.every(([, report]) => report.status === 'ok')
    return { status: ready ? 'ready' : 'not_ready', checks: Object.fromEntries(reports) }
  }
}

async function run(check: ReadinessCheck): Promise<CheckReport> {
  const late = Promise.withResolvers<never>()
  // Nobody listens any more where the check was quicker, or threw at once.
  late.promise.catch(() => {})
  const timeLimit = AbortSignal.timeout(timeLimitMs)
  timeLimit.addEventListener('abort', () => late.reject(new NotReady(`No answer within ${timeLimitMs} ms.`)))
  try {
    await Promise.race([check(), late.promise])
    return { status: 'ok' }
  } catch (error) {
    // Anybody may ask: what the database said is not for anybody.
    return { status: 'failed', detail: error instanceof NotReady ? error.message : 'It does not answer.' }
  }
}

/** Its message is shown to whoever asks. */
export class NotReady extends Error {
  override readonly name = 'NotReady'
}
