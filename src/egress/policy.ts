import { type Address, holds, type Network, parseAddress, parseNetwork } from './address.ts'
import { embedded, isPublic } from './public-address.ts'

/** Where requests that others ask for may go: to public addresses, and to what the operator names. */
export interface EgressPolicy {
  allows(host: string, address: string): boolean
  /** All addresses of a name. */
  resolve(host: string): Promise<string[]>
}

/** What a request was not let through for. Its message names the host and may be shown. */
export class EgressBlocked extends Error {
  override readonly name = 'EgressBlocked'
}

const hostPattern = /^(\*\.)?[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/i

/** Says what is wrong with an entry of EGRESS_ALLOW; null: nothing. */
export function egressFault(entry: string): string | null {
  if (parseNetwork(entry) || (hostPattern.test(entry) && !/^[\d.]+$/.test(entry))) return null
  return 'is neither a host, nor *.domain, nor an address, nor a block such as 10.1.0.0/16'
}

/**
 * @param allow hosts, `*.domain`, addresses and blocks that may be reached although they are not public
 * @param resolve default: the system's resolver
 */
export function egressPolicy(allow: readonly string[], resolve = lookUp): EgressPolicy {
  const networks: Network[] = []
  const hosts: string[] = []
  for (const entry of allow) {
    const network = parseNetwork(entry)
    if (network) networks.push(network)
    else hosts.push(entry.toLowerCase())
  }
  const named = (host: string) =>
    hosts.some(entry => (entry.startsWith('*.') ? host.endsWith(entry.slice(1)) : host === entry))
  const inBlock = (address: Address) => networks.some(network => holds(network, address))
  return {
    resolve,
    allows(host, text) {
      const address = parseAddress(text)
      if (!address) return false
      if (isPublic(address) || named(host.toLowerCase().replace(/\.$/, ''))) return true
      const inner = embedded(address)
      return inBlock(address) || (inner !== null && inBlock(inner))
    },
  }
}

async function lookUp(host: string): Promise<string[]> {
  const found = await Bun.dns.lookup(host)
  return found.map(({ address }) => address)
}
