import { type Address, holds, type Network, parseNetwork } from './address.ts'

const networks = (...texts: string[]): Network[] => texts.flatMap(text => parseNetwork(text) ?? [])

/** Addresses that are not of the public internet, by the registries of IANA. Metadata services are among the link-local. */
const special = networks(
  '0.0.0.0/8', // this host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocols
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
)

/** The only block of IPv6 that is given out to the public; within it, what is not. */
const global = networks('2000::/3')
const specialGlobal = networks(
  '2001::/23', // protocols, Teredo among them
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
)

/** Blocks of IPv6 that hold an IPv4 address, and how far from the right it stands. */
const embedding: { block: Network; shift: bigint }[] = [
  ...networks('::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96').map(block => ({ block, shift: 0n })),
  ...networks('2002::/16').map(block => ({ block, shift: 80n })),
]

/** Whether an address is one of the public internet, also where it holds another one. */
export function isPublic(address: Address): boolean {
  if (address.bits === 32) return !special.some(block => holds(block, address))
  const inner = embedded(address)
  if (inner) return isPublic(inner)
  return global.some(block => holds(block, address)) && !specialGlobal.some(block => holds(block, address))
}

/** The IPv4 address that one of IPv6 stands for; null where it stands for none. */
export function embedded(address: Address): Address | null {
  const found = embedding.find(({ block }) => holds(block, address))
  return found ? { bits: 32, value: (address.value >> found.shift) & 0xffff_ffffn } : null
}
