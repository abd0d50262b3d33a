import type { ModelPrice } from './prices.ts'

/** When the list was last held against the providers' price pages: standard tier, short context. */
export const pricesAsOf = '2025-12'

/** By name: input, cached input, output; with a fourth number, what is put into the cache. US dollars per million tokens. */
type Prices = Readonly<Record<string, readonly [number, number, number, number?]>>

const openai: Prices = {
  'gpt-5.2': [1.75, 0.175, 14],
  'gpt-5.1': [1.25, 0.125, 10],
  'gpt-5': [1.25, 0.125, 10],
  'gpt-5-2025-08-07': [1.25, 0.125, 10],
  'gpt-5-mini': [0.25, 0.025, 2],
  'gpt-5-mini-2025-08-07': [0.25, 0.025, 2],
  'gpt-5-nano': [0.05, 0.005, 0.4],
  'gpt-5-nano-2025-08-07': [0.05, 0.005, 0.4],
  'gpt-4.1': [2, 0.5, 8],
  'gpt-4.1-2025-04-14': [2, 0.5, 8],
  'gpt-4.1-mini': [0.4, 0.1, 1.6],
  'gpt-4.1-mini-2025-04-14': [0.4, 0.1, 1.6],
  'gpt-4.1-nano': [0.1, 0.025, 0.4],
  'gpt-4.1-nano-2025-04-14': [0.1, 0.025, 0.4],
  'gpt-4o': [2.5, 1.25, 10],
  'gpt-4o-2024-08-06': [2.5, 1.25, 10],
  'gpt-4o-2024-11-20': [2.5, 1.25, 10],
  'gpt-4o-mini': [0.15, 0.075, 0.6],
  'gpt-4o-mini-2024-07-18': [0.15, 0.075, 0.6],
  o1: [15, 7.5, 60],
  o3: [2, 0.5, 8],
  'o3-mini': [1.1, 0.55, 4.4],
  'o4-mini': [1.1, 0.275, 4.4],
}

const opus4 = [15, 1.5, 75, 18.75] as const
const opus45 = [5, 0.5, 25, 6.25] as const
const sonnet = [3, 0.3, 15, 3.75] as const
const haiku45 = [1, 0.1, 5, 1.25] as const
const haiku35 = [0.8, 0.08, 4, 1] as const

const anthropic: Prices = {
  'claude-opus-4-5': opus45,
  'claude-opus-4-5-20251101': opus45,
  'claude-opus-4-1': opus4,
  'claude-opus-4-1-20250805': opus4,
  'claude-opus-4-0': opus4,
  'claude-opus-4-20250514': opus4,
  'claude-sonnet-4-5': sonnet,
  'claude-sonnet-4-5-20250929': sonnet,
  'claude-sonnet-4-0': sonnet,
  'claude-sonnet-4-20250514': sonnet,
  'claude-3-7-sonnet-latest': sonnet,
  'claude-3-7-sonnet-20250219': sonnet,
  'claude-haiku-4-5': haiku45,
  'claude-haiku-4-5-20251001': haiku45,
  'claude-3-5-haiku-latest': haiku35,
  'claude-3-5-haiku-20241022': haiku35,
  'claude-3-haiku-20240307': [0.25, 0.03, 1.25, 0.3],
}

const deepseek: Prices = {
  'deepseek-chat': [0.28, 0.028, 0.42],
  'deepseek-reasoner': [0.28, 0.028, 0.42],
}

/** Well-known models by `provider/model`, each by its whole name: others of the same family may cost more. */
export const listedPrices: ReadonlyMap<string, ModelPrice> = new Map(
  Object.entries({ openai, anthropic, deepseek }).flatMap(([provider, models]) =>
    Object.entries(models).map(([model, [input, cachedInput, output, cacheWrite]]) => [
      `${provider}/${model}`,
      { input, cachedInput, output, ...(cacheWrite !== undefined && { cacheWrite }) },
    ]),
  ),
)
