import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { type Limits, near, reached, type Spending } from '../agents/limits.ts'
import type { Meter } from '../agents/meter.ts'
import { type ModelChoice, modelName } from '../agents/models/choice.ts'
import type { AppContext } from '../context.ts'
import type { RunLog } from '../runs/run-log.ts'
import { type Budget, isFor } from './budget.ts'
import type { BudgetBook } from './budget-book.ts'
import { BudgetExceeded, unpriced } from './budget-exceeded.ts'
import type { BudgetOutbox } from './budget-outbox.ts'
import { type Estimate, reserve } from './reserve.ts'

/** What a call may answer where neither its agent says so nor a lower ceiling does. */
const defaultOutputTokens = 8_192

const uncounted = 'A budget in money holds, and what the run has cost so far is not known: its provider did not say.'

type Needs = Pick<AppContext, 'clock' | 'database'> & {
  budgets: Pick<BudgetBook, 'of'>
  outbox: BudgetOutbox & { wake(): void }
}

interface Metered {
  log: RunLog
  /** Of the run alone; null: none. */
  limits: Limits | null
  /** Any of them may be asked. */
  models: readonly ModelChoice[]
  maxOutputTokens: number | undefined
  /** Model calls of the run that have ended. */
  steps: number
}

/** Null where nothing limits the run: then nothing is asked, and nothing is written. */
export function meterOf(app: Needs, metered: Metered): Meter | null {
  const { run } = metered.log
  const budgets = app.budgets.of(run.tenantId).filter(budget => isFor(budget, run))
  return metered.limits === null && budgets.length === 0 ? null : new RunMeter(app, budgets, metered)
}

class RunMeter implements Meter {
  readonly #app: Needs
  readonly #budgets: Budget[]
  readonly #run: Metered
  #steps: number
  #warned: boolean

  constructor(app: Needs, budgets: Budget[], run: Metered) {
    this.#app = app
    this.#budgets = budgets
    this.#run = run
    this.#steps = run.steps
    // An earlier attempt has said so.
    this.#warned = run.limits === null || near(run.limits, this.#spent()) !== null
  }

  async beforeCall(prompt: LanguageModelV4Prompt): Promise<number | undefined> {
    const { limits, models, maxOutputTokens, log } = this.#run
    const all = [...(limits ? [limits] : []), ...this.#budgets.map(budget => budget.limits)]
    const unknown = models.find(({ price }) => price === null)
    if (unknown && all.some(({ max_cost_usd }) => max_cost_usd !== undefined)) throw unpriced(modelName(unknown.model))
    if (limits?.max_cost_usd !== undefined && log.run.costUsd === null) throw new BudgetExceeded(uncounted)
    if (limits) this.#holdOwn(limits)
    const output = maxOutputTokens ?? defaultOutputTokens
    if (this.#budgets.length > 0) {
      await reserve(this.#app, log.run, this.#budgets, estimate(prompt, output, models))
      log.reserved()
    }
    this.#steps++
    const isMeasured = all.some(({ max_tokens, max_cost_usd }) => (max_tokens ?? max_cost_usd) !== undefined)
    return isMeasured ? output : maxOutputTokens
  }

  #holdOwn(limits: Limits): void {
    const ceiling = reached(limits, this.#spent())
    if (ceiling !== null) throw new BudgetExceeded(`${ceiling} are used up in the budget of the run.`)
    const warning = this.#warned ? null : near(limits, this.#spent())
    if (warning === null) return
    this.#warned = true
    const message = `${warning} are used in the budget of the run.`
    this.#run.log.append({ type: 'budget.warning', data: { budget_id: null, message } })
  }

  #spent(): Spending {
    const { inputTokens, outputTokens, costUsd, startedAt, waitedMs } = this.#run.log.run
    const seconds = startedAt === null ? 0 : (this.#app.clock.now() - startedAt - waitedMs) / 1_000
    return { tokens: inputTokens + outputTokens, costUsd: costUsd ?? 0, steps: this.#steps, seconds }
  }
}

/** Of UTF-8, a token is seldom less than that. */
const bytesPerToken = 3

/** Of an image, and of each so many bytes of a document: pages are not counted here. */
const tokensPerImage = 2_000
const bytesPerDocumentToken = 50

function tokensOf({ data }: { data?: { data?: string } }): number {
  return tokensPerImage + Math.ceil((data?.data?.length ?? 0) / bytesPerDocumentToken)
}

/** On the safe side: a longer prompt than it is, the longest answer there may be, and the dearest of the models. */
function estimate(prompt: LanguageModelV4Prompt, output: number, models: readonly ModelChoice[]): Estimate {
  let files = 0
  const words = JSON.stringify(prompt, (_key, value) => {
    if (value?.type !== 'file') return value
    files += tokensOf(value)
    return undefined
  })
  const input = Math.ceil(Buffer.byteLength(words) / bytesPerToken) + files
  const costs = models.map(({ price }) => (price === null ? 0 : (input * price.input + output * price.output) / 1e6))
  const costUsd = Math.max(...costs)
  return { tokens: input + output, costUsd }
}
