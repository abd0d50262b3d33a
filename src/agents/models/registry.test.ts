import { describe, expect, test } from 'bun:test'
import { createModels } from './registry.ts'
import { UnknownModelError } from './unknown-model.ts'

const models = createModels([
  { name: 'openai', protocol: 'openai-responses' },
  { name: 'anthropic', protocol: 'anthropic', apiKey: 'secret' },
  { name: 'my-lab', protocol: 'openai-chat', baseUrl: 'http://127.0.0.1:1/v1', keyRequired: true },
  { name: 'ollama', protocol: 'openai-chat', baseUrl: 'http://127.0.0.1:1/v1' },
  { name: 'gateway', protocol: 'openai-responses', headers: { Authorization: 'Bearer secret' } },
])

describe('the models that can be called', () => {
  test('always hold the built-in echo', async () => {
    expect(await createModels([]).get('builtin/echo')).toMatchObject({ provider: 'builtin', modelId: 'echo' })
  })

  test('are made by the SDK of their provider, with every slash after the first left in their name', async () => {
    expect(await models.get('anthropic/claude-sonnet-5')).toMatchObject({ modelId: 'claude-sonnet-5' })
    expect(await models.get('ollama/library/qwen3:8b')).toMatchObject({ modelId: 'library/qwen3:8b' })
    expect(await models.get('gateway/gpt-5')).toMatchObject({ provider: 'openai.responses', modelId: 'gpt-5' })
  })

  test('are the same object every time', async () => {
    expect(await models.get('ollama/a')).toBe(await models.get('ollama/a'))
  })

  test('are known by the names of their providers', () => {
    expect(models.names()).toEqual(['builtin', 'openai', 'anthropic', 'my-lab', 'ollama', 'gateway'])
  })
})

describe('a model that cannot be called', () => {
  const refusal = async (name: string): Promise<string> => {
    const error = await models.get(name).catch(thrown => thrown)
    expect(error).toBeInstanceOf(UnknownModelError)
    expect(error.model).toBe(name)
    return error.message
  }

  test('for want of a key: says which variable to set', async () => {
    expect(await refusal('openai/gpt-5-mini')).toBe('Set OPENAI_API_KEY to use openai/gpt-5-mini.')
    expect(await refusal('my-lab/big')).toBe('Set MY_LAB_API_KEY to use my-lab/big.')
  })

  test('for want of a provider: says what to set and what there is', async () => {
    expect(await refusal('deepseek/deepseek-chat')).toBe(
      'No model provider is called "deepseek". Set DEEPSEEK_API_KEY, and DEEPSEEK_BASE_URL for an OpenAI-compatible server, to use deepseek/deepseek-chat. Configured: builtin, openai, anthropic, my-lab, ollama, gateway.',
    )
  })

  test('because the name is none', async () => {
    for (const name of ['echo', '', '/echo', 'openai/']) {
      expect(await refusal(name)).toContain('write provider/model, for example builtin/echo')
    }
    expect(await refusal('builtin/other')).toContain('builtin/echo')
  })
})
