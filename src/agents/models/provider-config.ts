/** What a provider's endpoint speaks: OpenAI's Responses API, its Chat Completions (every compatible server), Anthropic's Messages. */
export type ProviderProtocol = 'openai-responses' | 'openai-chat' | 'anthropic'

/** One model provider: `name` is what stands before the first slash of a model's name. */
export interface ProviderConfig {
  name: string
  protocol: ProviderProtocol
  /** Up to and including `/v1`. Default: the public endpoint of OpenAI or Anthropic. */
  baseUrl?: string | undefined
  apiKey?: string | undefined
  /** Sent with every request; win over the headers the key makes. */
  headers?: Record<string, string> | undefined
  /** Without a key, refuse to make a model instead of sending requests without one. Default: when there is no `baseUrl`. */
  keyRequired?: boolean | undefined
  /** Nobody asked for it: it has its address by default, and may well not be there. */
  assumed?: boolean | undefined
}
