import type { Server } from 'bun'
import type { HttpConfig } from '../config-http.ts'
import { isWithin, parseAddress, plainAddress } from '../runtime/address-range.ts'

export type ProxyRule = Pick<HttpConfig, 'trustedProxies' | 'proxyHeader'>

const keptAtMost = 1_000

/**
 * Where requests come from. A proxy is believed only if it is trusted, and only about whom it has heard from: what is
 * further left in its header, the client may have written itself.
 */
export class ClientAddresses {
  readonly #rule: ProxyRule
  /** Peers are few where there are proxies: what was found of one is kept. */
  readonly #peers = new Map<string, boolean>()

  constructor(rule: ProxyRule) {
    this.#rule = rule
  }

  /** The client's IP address; null when it has gone. */
  of(request: Request, server: Server<undefined>): string | null {
    const peer = server.requestIP(request)?.address
    if (peer === undefined) return null
    return this.#isTrusted(peer) ? this.#told(request, plainAddress(peer)) : plainAddress(peer)
  }

  /** Whether the client speaks HTTPS to the proxy before us. */
  isSecure(request: Request, server: Server<undefined>): boolean {
    if (this.#rule.trustedProxies.length === 0) return false
    const peer = server.requestIP(request)?.address
    if (peer === undefined || !this.#isTrusted(peer)) return false
    if (this.#rule.proxyHeader === 'forwarded') {
      return /(?:^|[;,\s])proto="?https\b/i.test(request.headers.get('forwarded') ?? '')
    }
    return /^\s*https\b/i.test(request.headers.get('x-forwarded-proto') ?? '')
  }

  #told(request: Request, peer: string): string {
    const hops = hopsOf(request, this.#rule.proxyHeader)
    let nearest = peer
    while (hops.length > 0) {
      const address = addressIn(hops.pop() ?? '')
      const number = address === null ? null : parseAddress(address)
      // Not an address: nobody further left can be believed either.
      if (address === null || number === null) return nearest
      nearest = plainAddress(address)
      if (!isWithin(number, this.#rule.trustedProxies)) return nearest
    }
    return nearest
  }

  #isTrusted(peer: string): boolean {
    if (this.#rule.trustedProxies.length === 0) return false
    const known = this.#peers.get(peer)
    if (known !== undefined) return known
    const number = parseAddress(peer)
    const trusted = number !== null && isWithin(number, this.#rule.trustedProxies)
    if (this.#peers.size >= keptAtMost) this.#peers.clear()
    this.#peers.set(peer, trusted)
    return trusted
  }
}

/** The nearest last. */
function hopsOf({ headers }: Request, name: ProxyRule['proxyHeader']): string[] {
  const hops = headers.get(name)?.split(',') ?? []
  if (name === 'x-forwarded-for') return hops
  return hops.map(hop => /(?:^|;)\s*for=("[^"]*"|[^;\s]*)/i.exec(hop)?.[1]?.replaceAll('"', '') ?? '')
}

/** An address as proxies write it: alone, with a port, in brackets. */
function addressIn(hop: string): string | null {
  const text = hop.trim()
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)
  if (bracketed?.[1] !== undefined) return bracketed[1]
  return /^(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(text)?.[1] ?? (text.includes(':') ? text : null)
}
