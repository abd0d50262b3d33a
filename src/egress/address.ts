/** An IP address as a number; `bits` says which kind: 32 or 128. */
export interface Address {
  bits: 32 | 128
  value: bigint
}

/** A block of addresses. */
export interface Network extends Address {
  prefix: number
}

/** An IPv4 address in four decimal parts, or an IPv6 address without a zone; null for anything else. */
export function parseAddress(text: string): Address | null {
  const v4 = parseV4(text)
  if (v4 !== null) return { bits: 32, value: v4 }
  const v6 = parseV6(text)
  return v6 === null ? null : { bits: 128, value: v6 }
}

/** `10.0.0.0/8`, `fd00::/8`, or one address; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [host = '', length, ...rest] = text.split('/')
  const address = parseAddress(host)
  if (!address || rest.length > 0) return null
  if (length === undefined) return { ...address, prefix: address.bits }
  if (!/^\d{1,3}$/.test(length) || Number(length) > address.bits) return null
  return { ...address, prefix: Number(length) }
}

/** Whether a block holds an address of the same kind. */
export function holds({ bits, value, prefix }: Network, address: Address): boolean {
  const shift = BigInt(bits - prefix)
  return bits === address.bits && value >> shift === address.value >> shift
}

function parseV4(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parseV6(text: string): bigint | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head = [], tail = []] = halves.map(groupsOf)
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseV4(part) : null
    if (v4 !== null) groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn))
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}
