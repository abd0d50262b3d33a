/** A block of IP addresses, by its first and last one. IPv4 stands in IPv6's room, as ::ffff:a.b.c.d. */
export interface AddressRange {
  first: bigint
  last: bigint
}

const v4Room = 0xffffn << 32n

/** An IP address as a number of 128 bits; null where the text is none. */
export function parseAddress(text: string): bigint | null {
  if (!text.includes(':')) return parseV4(text, v4Room)
  // A zone says which of our own links leads there.
  return parseV6(text.replace(/%[\w.-]+$/, ''))
}

function parseV4(text: string, room: bigint): bigint | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (!parts || parts.some(part => part > 255)) return null
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) + room
}

function parseV6(text: string): bigint | null {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (embedded?.[1] !== undefined && embedded[2] !== undefined) {
    const low = parseV4(embedded[2], 0n)
    return low === null ? null : parseV6(`${embedded[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head = [], tail = []] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  if (!groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return groups.reduce((sum, group) => sum * 0x10000n + BigInt(`0x${group}`), 0n)
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; null where the text is none of them. */
export function parseRange(text: string): AddressRange | null {
  const [address = '', prefix, ...more] = text.split('/')
  const first = parseAddress(address)
  if (first === null || more.length > 0) return null
  const width = address.includes(':') ? 128 : 32
  const bits = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (!(bits <= width)) return null
  const size = 1n << BigInt(width - bits)
  const start = first - (first % size)
  return { first: start, last: start + size - 1n }
}

export const isWithin = (address: bigint, ranges: readonly AddressRange[]): boolean =>
  ranges.some(({ first, last }) => address >= first && address <= last)

/** The usual text of an address that came over a socket: IPv4 without the room it stands in. */
export const plainAddress = (text: string): string => (text.startsWith('::ffff:') ? text.slice(7) : text)
