import type { ProviderConfig } from './agents/models/provider-config.ts'
import type { EnvReader } from './config-reader.ts'

/** Endpoints of providers that speak Chat Completions, for which a key is all one has to set. */
const compatible: Record<string, string> = {
  dashscope: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  deepseek: 'https://api.deepseek.com/v1',
}
const ollamaUrl = 'http://127.0.0.1:11434/v1'

const ollama = (apiKey: string | undefined, baseUrl: string | undefined): ProviderConfig => ({
  name: 'ollama',
  protocol: 'openai-chat',
  apiKey,
  baseUrl: baseUrl ?? ollamaUrl,
  assumed: apiKey === undefined && baseUrl === undefined,
})

/**
 * Model providers from `<NAME>_API_KEY` and `<NAME>_BASE_URL`. A base URL of any other name makes a provider of that
 * name that speaks Chat Completions: GROQ_BASE_URL makes `groq/…`.
 */
export function readProviders(env: Record<string, string | undefined>, read: EnvReader): ProviderConfig[] {
  const key = (name: string) => read.optional(`${name}_API_KEY`) ?? undefined
  const url = (name: string) => read.url(`${name}_BASE_URL`, ['http:', 'https:']) ?? undefined
  const openaiUrl = url('OPENAI')
  const providers: ProviderConfig[] = [
    // Compatible servers speak Chat Completions; the Responses API is OpenAI's own.
    openaiUrl === undefined
      ? { name: 'openai', protocol: 'openai-responses', apiKey: key('OPENAI') }
      : { name: 'openai', protocol: 'openai-chat', apiKey: key('OPENAI'), baseUrl: openaiUrl },
    { name: 'anthropic', protocol: 'anthropic', apiKey: key('ANTHROPIC'), baseUrl: url('ANTHROPIC') },
    ollama(key('OLLAMA'), url('OLLAMA')),
  ]
  for (const [name, baseUrl] of Object.entries(compatible)) {
    const upper = name.toUpperCase()
    const own = url(upper)
    providers.push({ name, protocol: 'openai-chat', apiKey: key(upper), baseUrl: own ?? baseUrl, keyRequired: !own })
  }
  const known = new Set(providers.map(provider => provider.name))
  for (const variable of Object.keys(env)) {
    const upper = /^([A-Z][A-Z0-9_]*)_BASE_URL$/.exec(variable)?.[1]
    const name = upper?.toLowerCase().replaceAll('_', '-')
    if (!upper || !name || known.has(name)) continue
    // Other programs have such variables too: one that is no web address is not meant for us.
    const baseUrl = read.optional(variable) ?? ''
    if (URL.canParse(baseUrl) && /^https?:/.test(baseUrl))
      providers.push({ name, protocol: 'openai-chat', apiKey: key(upper), baseUrl })
  }
  return providers
}
