import type { ModelPrice, OwnPrices } from './prices.ts'

/** What is wrong with a file of prices, fit to be shown to the operator. */
export class PriceFileError extends Error {
  override readonly name = 'PriceFileError'
}

const fields = { input: 'input', output: 'output', cached_input: 'cachedInput', cache_write: 'cacheWrite' } as const
const modelName = /^[^/\s]+\/\S+$/

/**
 * Reads `{"provider/model": {"input": 1.25, "cached_input": 0.125, "cache_write": 1.25, "output": 10}, …}`, in US dollars
 * per million tokens; `cached_input` and `cache_write` may be left out.
 * @throws PriceFileError that names everything that is wrong
 */
export async function readPriceFile(path: string): Promise<OwnPrices> {
  let content: unknown
  try {
    content = await Bun.file(path).json()
  } catch (error) {
    throw new PriceFileError(`cannot be read from ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isObject(content)) throw new PriceFileError(`must hold a JSON object, and ${path} does not`)
  const problems: string[] = []
  const prices = new Map<string, ModelPrice>()
  for (const [model, given] of Object.entries(content)) {
    const price = modelName.test(model) ? toPrice(given) : 'is no provider/model'
    if (typeof price === 'string') problems.push(`"${model}" ${price}`)
    else prices.set(model, price)
  }
  if (problems.length > 0) throw new PriceFileError(`is wrong in ${path}: ${problems.join('; ')}`)
  return prices
}

/** Or what is wrong with it. */
function toPrice(given: unknown): ModelPrice | string {
  if (!isObject(given)) return 'must be an object'
  const price: { -readonly [K in keyof ModelPrice]?: number } = {}
  for (const [name, value] of Object.entries(given)) {
    if (!isField(name)) return `has "${name}", which is no price`
    if (typeof value !== 'number' || !(value >= 0)) return `needs "${name}" as a number of dollars`
    price[fields[name]] = value
  }
  const { input, output } = price
  return input === undefined || output === undefined ? 'needs input and output' : { ...price, input, output }
}

const isField = (name: string): name is keyof typeof fields => Object.hasOwn(fields, name)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
