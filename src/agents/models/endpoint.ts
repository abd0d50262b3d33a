import type { ProviderConfig, ProviderProtocol } from './provider-config.ts'

// Always given to the SDKs, which would otherwise look into the environment for a base URL.
const publicUrl: Record<ProviderProtocol, string> = {
  'openai-responses': 'https://api.openai.com/v1',
  'openai-chat': 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
}

/** Where a provider is called. */
export const endpointOf = ({ protocol, baseUrl }: ProviderConfig): string => baseUrl ?? publicUrl[protocol]

/** Whether requests can be sent to it: with a key, or where none is needed. */
export const isCallable = ({ apiKey, headers = {}, keyRequired, baseUrl }: ProviderConfig): boolean =>
  !!apiKey ||
  Object.keys(headers).some(header => /^(authorization|x-api-key|api-key)$/i.test(header)) ||
  !(keyRequired ?? baseUrl === undefined)
