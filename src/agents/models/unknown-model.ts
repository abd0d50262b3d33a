/** No such model can be called. The message says what to set, and is fit to be shown to a client. */
export class UnknownModelError extends Error {
  override readonly name = 'UnknownModelError'
  readonly model: string

  constructor(model: string, message: string) {
    super(message)
    this.model = model
  }
}

/** The environment variable of a provider: `API_KEY` or `BASE_URL`. */
export const providerVariable = (provider: string, suffix: string): string =>
  `${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${suffix}`

export const notAModelName = (model: string): UnknownModelError =>
  new UnknownModelError(model, `"${model}" does not name a model: write provider/model, for example builtin/echo.`)

export const unknownBuiltin = (model: string): UnknownModelError =>
  new UnknownModelError(model, `There is no model "${model}": the only built-in one is builtin/echo.`)

export const unknownProvider = (model: string, provider: string, known: string[]): UnknownModelError =>
  new UnknownModelError(
    model,
    `No model provider is called "${provider}". Set ${providerVariable(provider, 'API_KEY')}, and ${providerVariable(provider, 'BASE_URL')} for an OpenAI-compatible server, to use ${model}. Configured: ${known.join(', ')}.`,
  )

export const missingKey = (model: string, provider: string): UnknownModelError =>
  new UnknownModelError(model, `Set ${providerVariable(provider, 'API_KEY')} to use ${model}.`)
