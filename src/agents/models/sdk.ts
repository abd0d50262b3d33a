import type { LanguageModelV4 } from '@ai-sdk/provider'
import { endpointOf } from './endpoint.ts'
import type { ProviderConfig } from './provider-config.ts'
import { providerFetch } from './provider-fetch.ts'

/** Makes one of a provider's models from what stands after the provider's name. */
export type ModelFactory = (model: string) => LanguageModelV4

/**
 * Loads the SDK package of one provider, the first time it is used: none of them is needed to start or to serve the
 * built-in model. What the SDKs call themselves is left alone (`openai.responses`, `anthropic.messages`), whatever
 * name the provider has with us, because provider options and metadata are kept under those names.
 */
export const loadFactory = async (config: ProviderConfig): Promise<ModelFactory> => {
  const { name, apiKey, headers = {} } = config
  const baseURL = endpointOf(config)
  switch (config.protocol) {
    case 'openai-responses': {
      const { createOpenAI } = await import('@ai-sdk/openai')
      // An empty key, not none: without one the SDK would take OPENAI_API_KEY, and send it to somebody else's server.
      const provider = createOpenAI({
        baseURL,
        apiKey: apiKey ?? '',
        headers,
        fetch: providerFetch(apiKey),
      })
      return model => provider.responses(model)
    }
    case 'openai-chat': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible')
      const provider = createOpenAICompatible({
        name,
        baseURL,
        ...(apiKey !== undefined && { apiKey }),
        headers,
        includeUsage: true,
        fetch: providerFetch(apiKey),
      })
      return model => provider.chatModel(model)
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic')
      const provider = createAnthropic({
        baseURL,
        apiKey: apiKey ?? '',
        headers,
        fetch: providerFetch(apiKey),
      })
      return model => provider.messages(model)
    }
  }
}
