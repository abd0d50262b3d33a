import type { HttpConfig } from '../config-http.ts'
import { AppError } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { mcpPath } from '../wires/mcp/failure.ts'
import { onlyBySecureLine, protect } from './answer-headers.ts'
import {
  authenticate,
  type Caller,
  isConsole,
  isConsoleFile,
  isLinkPage,
  isMetadata,
  isOpenPage,
  isOpenRoute,
} from './auth.ts'
import { ClientAddresses } from './client-addresses.ts'
import { clientAddress, type RequestFacts } from './controller.ts'
import { Cors, isForeign } from './cors.ts'
import type { RateLimiter } from './rate-limit/rate-limiter.ts'
import { applyRate, refusal, tooMany, type Verdict } from './rate-limit/verdict.ts'

export interface DoorOptions {
  docs: boolean
  console: boolean
  config: HttpConfig
  keys: KeyRing
  limiter: RateLimiter
  emit: FactListener
  /** Whom a request without a key is from, by another proof; null where it has none. Throws where it is wrong. */
  admit(request: Request, path: string): Caller | Promise<Caller> | null
  /** Answers what has passed the door: one of the Elysia app. */
  fetch(request: Request): Response | Promise<Response>
}

type Answer = Response | Promise<Response>

/** Who gets in: with a key, as often as it may. Nothing is a promise that need not be one: that costs as much as a small answer. */
export class Door {
  readonly #options: DoorOptions
  #addresses: ClientAddresses
  #cors: Cors | null
  #behindProxy: boolean

  constructor(options: DoorOptions) {
    const { config } = options
    this.#options = options
    this.#addresses = new ClientAddresses(config)
    this.#cors = corsOf(config)
    this.#behindProxy = config.trustedProxies.length > 0
  }

  /** Whom it believes, which origins may call, and how often: from now on. */
  change(config: HttpConfig): void {
    this.#addresses = new ClientAddresses(config)
    this.#cors = corsOf(config)
    this.#behindProxy = config.trustedProxies.length > 0
    this.#options.limiter.change(config)
  }

  get addresses(): ClientAddresses {
    return this.#addresses
  }

  /** @throws AppError unauthorized, rate_limited, and what the app throws */
  answer(request: Request, facts: RequestFacts): Answer {
    const { keys, docs, console: hasConsole, admit } = this.#options
    const { path } = facts
    if (isOpenRoute(path)) {
      facts.route = path
      return this.#enter(request, facts, null)
    }
    const preflight = this.#cors?.preflight(request)
    if (preflight) return preflight
    // Its protocol asks for it, key or no key.
    if (path === mcpPath && isForeign(request, this.#cors))
      throw new AppError('forbidden', 'Pages of this origin may not call.')
    if (hasConsole && isConsoleFile(path)) return this.#enter(request, facts, null)
    if (isLinkPage(path) || isMetadata(path) || (hasConsole && isConsole(path)) || (docs && isOpenPage(path)))
      return this.#countAddress(request, facts, () => this.#enter(request, facts, null))
    let caller: Caller | Promise<Caller>
    try {
      caller = admit(request, path) ?? authenticate(keys, request)
    } catch (error) {
      return this.#refuse(request, facts, error)
    }
    if (!(caller instanceof Promise)) return this.#count(request, facts, caller)
    return caller.then(
      known => this.#count(request, facts, known),
      error => this.#refuse(request, facts, error),
    )
  }

  /** What answers have in common, whoever made them. */
  dress(request: Request, facts: RequestFacts, { headers }: Response): void {
    headers.set('x-request-id', facts.id)
    // What is always the same has brought them along.
    if (!headers.has('x-content-type-options')) protect(headers)
    if (facts.rate !== null) applyRate(facts.rate, headers)
    this.#cors?.apply(request, headers)
    if (this.#behindProxy && this.#addresses.isSecure(facts.received, facts.server)) onlyBySecureLine(headers)
  }

  #count(request: Request, facts: RequestFacts, caller: Caller): Answer {
    const verdict = this.#options.limiter.take(caller)
    if (verdict === null) return this.#enter(request, facts, caller)
    if (!(verdict instanceof Promise)) {
      this.#judge(facts, verdict)
      return this.#enter(request, facts, caller)
    }
    return verdict.then(known => {
      this.#judge(facts, known)
      return this.#enter(request, facts, caller)
    })
  }

  /** Whoever has no good key is told so a number of times, then that this was too often. A good key is always heard. */
  #refuse(request: Request, facts: RequestFacts, error: unknown): Answer {
    if (!(error instanceof AppError && error.code === 'unauthorized')) throw error
    return this.#countAddress(request, facts, () => {
      throw error
    })
  }

  #countAddress(request: Request, facts: RequestFacts, next: () => Answer): Answer {
    const address = clientAddress(request)
    const verdict = address === null ? null : this.#options.limiter.takeAddress(address)
    if (verdict === null) return next()
    if (!(verdict instanceof Promise)) {
      this.#judge(facts, verdict)
      return next()
    }
    return verdict.then(known => {
      this.#judge(facts, known)
      return next()
    })
  }

  #judge(facts: RequestFacts, verdict: Verdict): void {
    facts.rate = verdict
    const refused = refusal(verdict)
    if (!refused) return
    this.#options.emit('rate.limited', { by: refused.limit.by })
    throw tooMany(refused)
  }

  #enter(request: Request, facts: RequestFacts, caller: Caller | null): Answer {
    facts.caller = caller
    if (request.url.includes('%00')) throw new AppError('invalid_request', 'The address holds a NUL character.')
    return this.#options.fetch(request)
  }
}

const corsOf = ({ corsOrigins }: HttpConfig): Cors | null => (corsOrigins === null ? null : new Cors(corsOrigins))
