import { parseAddress } from './address.ts'
import { EgressBlocked, type EgressPolicy } from './policy.ts'

export interface GuardedRequest {
  method: string
  headers: Record<string, string>
  body?: string
  signal: AbortSignal
  /** How many redirects to follow, each checked like the first address; default 0: a redirect is the answer. */
  redirects?: number
}

/** A target that may be asked: what the request is sent to is the very address that was checked. */
interface Checked {
  url: URL
  host: string
  address: string
}

/**
 * Sends a request that somebody else has asked for. Only to http and https, and only to addresses that the policy
 * allows; a name is looked up once, and the connection goes to what was found then.
 * @throws EgressBlocked; what fetch throws
 */
export async function guardedFetch(target: string, request: GuardedRequest, policy: EgressPolicy): Promise<Response> {
  let { method, headers, body, signal, redirects = 0 } = request
  let url = new URL(target)
  for (;;) {
    const response = await send(await check(url, signal, policy), { method, headers, body, signal })
    const location = response.headers.get('location')
    if (redirects-- <= 0 || ![301, 302, 303, 307, 308].includes(response.status) || location === null) return response
    await response.body?.cancel()
    const next = new URL(location, url)
    if (next.origin !== url.origin) headers = withoutSecrets(headers)
    if (response.status < 307 && method !== 'HEAD') {
      method = 'GET'
      body = undefined
    }
    url = next
  }
}

/** Says why a URL cannot be asked, as far as it says so itself; null: nothing is wrong. No name is looked up. */
export function urlFault(text: string, policy: Pick<EgressPolicy, 'allows'>): string | null {
  const url = URL.parse(text)
  if (!url) return 'It is not a URL.'
  const shape = shapeFault(url)
  if (shape !== null) return shape
  const host = hostOf(url)
  if (parseAddress(host) && !policy.allows(host, host)) return notPublic(host, host)
  if (/(^|\.)localhost\.?$/i.test(host) && !policy.allows(host, '127.0.0.1')) return notPublic(host, 'this machine')
  return null
}

function shapeFault(url: URL): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'Only http and https can be asked.'
  if (url.username !== '' || url.password !== '') return 'A URL must not hold a user name or password.'
  return hostOf(url) === '' ? 'It names no host.' : null
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

const notPublic = (host: string, address: string): string =>
  `${host === address ? host : `${host} is ${address}, which`} is not a public address. The operator can allow it by EGRESS_ALLOW.`

async function check(url: URL, signal: AbortSignal, policy: EgressPolicy): Promise<Checked> {
  const fault = shapeFault(url)
  if (fault !== null) throw new EgressBlocked(fault)
  const host = hostOf(url)
  const addresses = parseAddress(host) ? [host] : await unlessAborted(policy.resolve(host), signal)
  // One forbidden address among several is a trap, or a mistake: none of them is tried.
  for (const address of addresses) {
    if (!policy.allows(host, address)) throw new EgressBlocked(notPublic(host, address))
  }
  const [address] = addresses
  if (address === undefined) throw new Error(`${host} has no address.`)
  return { url, host, address }
}

function send(
  { url, host, address }: Checked,
  {
    method,
    headers,
    body,
    signal,
  }: Pick<GuardedRequest, 'method' | 'headers' | 'signal'> & { body: string | undefined },
): Promise<Response> {
  const pinned = new URL(url)
  pinned.hostname = address.includes(':') ? `[${address}]` : address
  return fetch(pinned, {
    method,
    headers: { 'accept-encoding': 'identity', ...headers, host: url.host },
    ...(body !== undefined && { body }),
    signal,
    redirect: 'manual',
    // A connection that is kept belongs to an address: behind one of many names, it would be used for another.
    keepalive: false,
    decompress: false,
    ...(url.protocol === 'https:' && !parseAddress(host) && { tls: { serverName: host.replace(/\.$/, '') } }),
  })
}

const withoutSecrets = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie|x-api-key)$/i.test(name)))

/** The resolver cannot be told to stop: what it finds later is ignored. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
