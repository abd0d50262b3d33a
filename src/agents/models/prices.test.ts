import { describe, expect, test } from 'bun:test'
import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import { addCosts, costUsd, ModelPrices } from './prices.ts'

const usage = (
  total: number | undefined,
  output: number | undefined,
  cache: { cacheRead?: number; cacheWrite?: number } = {},
): LanguageModelV4Usage => ({
  inputTokens: { total, noCache: undefined, cacheRead: cache.cacheRead, cacheWrite: cache.cacheWrite },
  outputTokens: { total: output, text: undefined, reasoning: undefined },
})
const openai = { name: 'openai', protocol: 'openai-responses' } as const

describe('prices', () => {
  test('are known of well-known models by their whole names', () => {
    const prices = new ModelPrices({ providers: [openai] })
    expect(prices.of('openai/gpt-5-mini')).toEqual({ input: 0.25, cachedInput: 0.025, output: 2 })
    expect(prices.of('anthropic/claude-sonnet-4-5')).toMatchObject({ input: 3, output: 15, cacheWrite: 3.75 })
    expect(prices.of('openai/gpt-5-mini-high')).toBeNull()
    expect(prices.of('fake/gpt-5-mini')).toBeNull()
  })

  test('are not known at an endpoint that is not the provider’s own', () => {
    const at = (baseUrl: string) => new ModelPrices({ providers: [{ ...openai, baseUrl }] }).of('openai/gpt-5')
    expect(at('http://127.0.0.1:4000/v1')).toBeNull()
    expect(at('https://api.openai.com/v1')).not.toBeNull()
  })

  test('of the built-in model are nothing', () => {
    expect(new ModelPrices({ providers: [] }).of('builtin/echo')).toEqual({ input: 0, output: 0 })
  })

  test('of one’s own come first: of the model, then of its provider', () => {
    const own = new Map([
      ['openai/gpt-5', { input: 1, output: 1 }],
      ['ollama/*', { input: 0, output: 0 }],
      ['ollama/big', { input: 2, output: 2 }],
    ])
    const prices = new ModelPrices({ providers: [{ ...openai, baseUrl: 'http://127.0.0.1:1' }], own })
    expect(prices.of('openai/gpt-5')).toEqual({ input: 1, output: 1 })
    expect(prices.of('ollama/llama3:8b')).toEqual({ input: 0, output: 0 })
    expect(prices.of('ollama/big')).toEqual({ input: 2, output: 2 })
  })
})

describe('the cost of a call', () => {
  const price = { input: 2, cachedInput: 0.5, cacheWrite: 2.5, output: 8 }

  test('counts input, what came from the cache, what was put there, and output', () => {
    expect(costUsd(price, usage(1_000_000, 1_000_000))).toBe(10)
    expect(costUsd(price, usage(1_000_000, 0, { cacheRead: 400_000, cacheWrite: 100_000 }))).toBe(1 + 0.2 + 0.25)
    expect(costUsd({ input: 2, output: 8 }, usage(1_000_000, 0, { cacheRead: 400_000 }))).toBe(2)
  })

  test('is not known without a price, nor where the provider does not say what it took', () => {
    expect(costUsd(null, usage(1, 1))).toBeNull()
    expect(costUsd(price, usage(undefined, 1))).toBeNull()
    expect(costUsd(price, usage(1, undefined))).toBeNull()
    expect(costUsd({ input: 0, output: 0 }, usage(undefined, undefined))).toBe(0)
  })

  test('adds up without the noise of fractions', () => {
    expect(addCosts(0.1, 0.2)).toBe(0.3)
    expect(addCosts(null, 0.2)).toBeNull()
    expect(addCosts(0.1, null)).toBeNull()
    expect(costUsd({ input: 0.005, output: 0 }, usage(1, 0))).toBe(5e-9)
  })
})
