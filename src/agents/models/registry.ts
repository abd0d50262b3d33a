import type { LanguageModelV4 } from '@ai-sdk/provider'
import { echoModel } from './echo.ts'
import { isCallable } from './endpoint.ts'
import type { ProviderConfig } from './provider-config.ts'
import { loadFactory, type ModelFactory } from './sdk.ts'
import { missingKey, notAModelName, unknownBuiltin, unknownProvider } from './unknown-model.ts'

export interface Models {
  /** The model called `provider/model`; the same object every time. Rejects with UnknownModelError. */
  get(name: string): Promise<LanguageModelV4>
  /** The names of the providers, `builtin` first. */
  names(): string[]
}

/** Names come from agents, and anyone who may make agents makes names: only so many models are kept. */
const keptAtMost = 500

/** Every model that can be called: `builtin/echo` and those of the configured providers. A later provider of the same name wins. */
export const createModels = (providers: ProviderConfig[]): Models => {
  const configs = new Map(providers.map(config => [config.name, config]))
  const names = ['builtin', ...configs.keys()]
  const factories = new Map<string, Promise<ModelFactory>>()
  const models = new Map<string, Promise<LanguageModelV4>>([['builtin/echo', Promise.resolve(echoModel)]])

  const factory = (config: ProviderConfig): Promise<ModelFactory> => {
    const known = factories.get(config.name)
    if (known !== undefined) return known
    const loading = loadFactory(config)
    factories.set(config.name, loading)
    loading.catch(() => factories.delete(config.name))
    return loading
  }

  const create = async (name: string): Promise<LanguageModelV4> => {
    const slash = name.indexOf('/')
    const provider = name.slice(0, slash)
    const model = name.slice(slash + 1)
    if (slash <= 0 || model === '') throw notAModelName(name)
    if (provider === 'builtin') throw unknownBuiltin(name)
    const config = configs.get(provider)
    if (config === undefined) throw unknownProvider(name, provider, names)
    if (!isCallable(config)) throw missingKey(name, provider)
    return (await factory(config))(model)
  }

  return {
    get(name) {
      const known = models.get(name)
      if (known !== undefined) return known
      const created = create(name)
      if (models.size >= keptAtMost) {
        const oldest = models.keys().find(kept => kept !== 'builtin/echo')
        if (oldest !== undefined) models.delete(oldest)
      }
      models.set(name, created)
      created.catch(() => models.delete(name))
      return created
    },
    names: () => names,
  }
}
