import { endpointOf, isCallable } from '../../agents/models/endpoint.ts'
import { PriceFileError, readPriceFile } from '../../agents/models/price-file.ts'
import type { ProviderConfig } from '../../agents/models/provider-config.ts'
import { providerVariable } from '../../agents/models/unknown-model.ts'
import type { Config } from '../../config.ts'
import { area, type Finding } from './finding.ts'

const report = area('models')
const timeLimitMs = 5_000

/** Asks each provider that can be called for its list of models, which costs nothing; and reads the file of prices. */
export async function checkModels({ providers, modelPricesFile }: Config): Promise<Finding[]> {
  const callable = providers.filter(isCallable)
  const rest = providers.filter(provider => !isCallable(provider)).map(provider => provider.name)
  return [
    ...(await Promise.all(callable.map(checkProvider))),
    ...(rest.length > 0 ? [report.note(`not configured: ${rest.join(', ')}`)] : []),
    ...(modelPricesFile === null ? [] : [await checkPrices(modelPricesFile)]),
  ]
}

async function checkPrices(file: string): Promise<Finding> {
  try {
    const { size } = await readPriceFile(file)
    return report.ok(`${size} ${size === 1 ? 'price' : 'prices'} in ${file}`)
  } catch (error) {
    if (!(error instanceof PriceFileError)) throw error
    return report.fail(`MODEL_PRICES ${error.message}`, 'Correct the file: the service does not start with it.')
  }
}

async function checkProvider(provider: ProviderConfig): Promise<Finding> {
  const { name } = provider
  const place = `${name} at ${new URL(endpointOf(provider)).host}`
  try {
    // Not followed: a redirect could carry the key elsewhere.
    const response = await fetch(`${endpointOf(provider).replace(/\/+$/, '')}/models`, {
      headers: headersOf(provider),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeLimitMs),
    })
    await response.body?.cancel()
    return judge(provider, place, response.status)
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    const text = `${place} ${timedOut ? `does not answer within ${timeLimitMs / 1000} s` : 'cannot be reached'}`
    // Ollama has an address without being asked for.
    if (provider.assumed) return report.note(text)
    return report.fail(text, `Check ${providerVariable(name, 'BASE_URL')}, the network and a proxy in between.`)
  }
}

function judge({ name, apiKey }: ProviderConfig, place: string, status: number): Finding {
  if (status >= 200 && status < 300) return report.ok(`${place} answers${apiKey ? ' and takes the key' : ''}`)
  if (status === 401 || status === 403) {
    const what = apiKey ? 'refuses the key' : 'wants a key'
    return report.fail(`${place} ${what} (${status})`, `Set ${providerVariable(name, 'API_KEY')} to a valid key.`)
  }
  if (status === 404 || status === 405) return report.ok(`${place} answers, but lists no models`)
  if (status === 429)
    return report.warn(`${place} takes no more requests now (429)`, 'Wait, or raise the limits there.')
  return report.warn(
    `${place} answers with status ${status}`,
    `Check ${providerVariable(name, 'BASE_URL')}, or try later.`,
  )
}

function headersOf({ protocol, apiKey, headers = {} }: ProviderConfig): Record<string, string> {
  if (protocol === 'anthropic') {
    return { 'anthropic-version': '2023-06-01', ...(apiKey && { 'x-api-key': apiKey }), ...headers }
  }
  return { ...(apiKey && { authorization: `Bearer ${apiKey}` }), ...headers }
}
