/** A message of protobuf as it is on the wire: its fields by number, each as often as it is there. */
export type Fields = Map<number, (Uint8Array | bigint)[]>

/** Knows no message: `bytes` is what is written by length, everything else a number. Throws where it is no protobuf. */
export function readFields(bytes: Uint8Array): Fields {
  const fields: Fields = new Map()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const value = (wireType: bigint): Uint8Array | bigint => {
    switch (wireType) {
      case 0n:
        return varint()
      case 1n:
        at += 8
        return view.getBigUint64(at - 8, true)
      case 5n:
        at += 4
        return BigInt(view.getUint32(at - 4, true))
      case 2n: {
        const length = Number(varint())
        at += length
        if (at > bytes.length) throw new Error('A field is longer than its message.')
        return bytes.subarray(at - length, at)
      }
      default:
        throw new Error(`Wire type ${wireType} is not used any more.`)
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const number = Number(tag >> 3n)
    fields.set(number, [...(fields.get(number) ?? []), value(tag & 7n)])
  }
  return fields
}

export const messages = (fields: Fields, number: number): Fields[] =>
  (fields.get(number) ?? []).map(value => readFields(asBytes(value)))

export const text = (fields: Fields, number: number): string => new TextDecoder().decode(lastBytes(fields, number))
export const hex = (fields: Fields, number: number): string => lastBytes(fields, number).toHex()

export const integer = (fields: Fields, number: number): bigint => {
  const value = fields.get(number)?.at(-1) ?? 0n
  if (typeof value !== 'bigint') throw new Error(`Field ${number} is no number.`)
  return value
}

const lastBytes = (fields: Fields, number: number) => asBytes(fields.get(number)?.at(-1) ?? new Uint8Array())

function asBytes(value: Uint8Array | bigint): Uint8Array {
  if (typeof value === 'bigint') throw new Error('A number stands where a message or a text should.')
  return value
}
