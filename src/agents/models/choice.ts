import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { ModelPrice } from './prices.ts'

/** A model that may be asked. */
export interface ModelChoice {
  /** `provider/model`, or the object itself. */
  model: string | LanguageModelV4
  /** Null where it is not known. */
  price: ModelPrice | null
  /** @throws UnknownModelError */
  open(): Promise<LanguageModelV4>
}

export const modelName = (model: string | LanguageModelV4): string =>
  typeof model === 'string' ? model : `${model.provider}/${model.modelId}`

export const modelLabels = (model: string | LanguageModelV4): { provider: string; model: string } => {
  if (typeof model !== 'string') return { provider: model.provider, model: model.modelId }
  const slash = model.indexOf('/')
  return { provider: model.slice(0, slash), model: model.slice(slash + 1) }
}
