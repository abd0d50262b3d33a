import type { LanguageModelV4, LanguageModelV4Usage } from '@ai-sdk/provider'
import { listedPrices } from './price-list.ts'
import type { ProviderConfig } from './provider-config.ts'

/** US dollars per million tokens. */
export interface ModelPrice {
  input: number
  output: number
  /** Of input that the provider had in its cache; default: as other input. */
  cachedInput?: number
  /** Of input that it put there; default: as other input. */
  cacheWrite?: number
}

/** Of one's own: by `provider/model`, or `provider/*` for all that the provider has. */
export type OwnPrices = ReadonlyMap<string, ModelPrice>

/** Prices are those of the providers' own endpoints: what others take for the same names is theirs to say. */
const ownHosts: Readonly<Record<string, string>> = {
  openai: 'api.openai.com',
  anthropic: 'api.anthropic.com',
  deepseek: 'api.deepseek.com',
}
const free: ModelPrice = { input: 0, output: 0 }

/** What models cost, as far as it is known: the operator's prices, else those of the list. */
export class ModelPrices {
  readonly #elsewhere: ReadonlySet<string>
  readonly #own: OwnPrices

  constructor({ providers, own = new Map() }: { providers: readonly ProviderConfig[]; own?: OwnPrices }) {
    this.#elsewhere = new Set(providers.filter(isElsewhere).map(({ name }) => name))
    this.#own = own
  }

  /** Null where it is not known: a price is never guessed. */
  of(model: string | LanguageModelV4): ModelPrice | null {
    // What an object's methods call is its author's affair, whatever it is named.
    const name = typeof model === 'string' ? model : `${model.provider}/${model.modelId}`
    const provider = name.slice(0, name.indexOf('/'))
    const own = this.#own.get(name) ?? this.#own.get(`${provider}/*`)
    if (own) return own
    if (name === 'builtin/echo') return free
    if (typeof model !== 'string' || this.#elsewhere.has(provider)) return null
    return listedPrices.get(name) ?? null
  }
}

const isElsewhere = ({ name, baseUrl }: ProviderConfig): boolean =>
  baseUrl !== undefined && URL.parse(baseUrl)?.hostname !== ownHosts[name]

/** What a call took, in US dollars to a billionth; null where the price or the number of tokens is not known. */
export function costUsd(price: ModelPrice | null, { inputTokens, outputTokens }: LanguageModelV4Usage): number | null {
  if (price === null) return null
  const { input, output, cachedInput = input, cacheWrite = input } = price
  if (input === 0 && output === 0) return 0
  if (inputTokens.total === undefined || outputTokens.total === undefined) return null
  const { cacheRead = 0, cacheWrite: written = 0 } = inputTokens
  const plain = Math.max(0, inputTokens.total - cacheRead - written)
  const dollars = plain * input + cacheRead * cachedInput + written * cacheWrite + outputTokens.total * output
  return toBillionths(dollars / 1e6)
}

/** Null where either is not known. */
export const addCosts = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : toBillionths(one + other)

/** Sums of fractions end in 0.30000000000000004. */
const toBillionths = (dollars: number): number => Math.round(dollars * 1e9) / 1e9
