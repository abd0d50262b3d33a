import { AppError } from '../errors.ts'

/** Keeps secrets in the database so that the database alone does not tell them. */
export interface Sealer {
  /**
   * @param context what the secret is of: opened for anything else, it stays closed
   * @throws AppError unavailable in production without a key
   */
  seal(secret: string, context: string): Promise<string>
  /** @throws SealError where it cannot be opened */
  open(sealed: string, context: string): Promise<string>
}

/** Says why a secret cannot be opened; never what it is. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

const plainMark = 'plain:'
const version = 'v1'

/** Whether a key has sealed it. What is not sealed anybody can have written. */
export const isSealed = (text: string): boolean => text.startsWith(`${version}.`)

const ivBytes = 12
const tagBytes = 16

/**
 * AES-256-GCM. The first key seals, each one opens.
 * @param keys 32 bytes in base64, or a passphrase each; none: secrets are stored as they are, and refused in production
 */
export function createSealer({ keys, isProduction }: { keys: readonly string[]; isProduction: boolean }): Sealer {
  let made: Promise<Key[]> | undefined
  const ready = () => {
    made ??= Promise.all(keys.map(deriveKey))
    return made
  }
  return {
    async seal(secret, context) {
      const [key] = await ready()
      if (key) return sealWith(key, secret, context)
      if (!isProduction) return plainMark + secret
      const message = 'Secrets cannot be kept here: the operator has to set BUNKHOUSE_SECRET_KEY.'
      throw new AppError('unavailable', message)
    },
    async open(sealed, context) {
      if (sealed.startsWith(plainMark)) {
        if (!isProduction) return sealed.slice(plainMark.length)
        throw new SealError('It was stored unsealed, by a process that was not in production. Make a new one.')
      }
      const [mark, id, text] = sealed.split('.')
      if (mark !== version || text === undefined) throw new SealError('It is not a sealed secret.')
      const key = (await ready()).find(known => known.id === id)
      if (!key) throw new SealError(`No key of BUNKHOUSE_SECRET_KEY has sealed it: that key is ${id}.`)
      return openWith(key, text, context)
    },
  }
}

interface Key {
  /** Tells keys apart, and nothing else of them. */
  id: string
  key: CryptoKey
}

async function deriveKey(text: string): Promise<Key> {
  const bytes = await keyBytes(text)
  const digest = await crypto.subtle.digest('SHA-256', Buffer.concat([Buffer.from('bunkhouse key id '), bytes]))
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { id: Buffer.from(digest).toString('hex', 0, 4), key }
}

async function keyBytes(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 32 && /^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return new Uint8Array(bytes)
  const { scrypt } = await import('node:crypto')
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>()
  const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
  scrypt(text, 'bunkhouse secret key', 32, cost, (error, derived) =>
    error ? reject(error) : resolve(new Uint8Array(derived)),
  )
  return promise
}

async function sealWith({ id, key }: Key, secret: string, context: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes))
  const sealed = await crypto.subtle.encrypt(parameters(iv, context), key, Buffer.from(secret))
  return [version, id, Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url')].join('.')
}

async function openWith({ key }: Key, text: string, context: string): Promise<string> {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'))
  if (bytes.length < ivBytes + tagBytes) throw new SealError('The sealed secret is cut short.')
  try {
    const opened = await crypto.subtle.decrypt(parameters(bytes.slice(0, ivBytes), context), key, bytes.slice(ivBytes))
    return Buffer.from(opened).toString()
  } catch {
    throw new SealError('The sealed secret was changed, or is of something else.')
  }
}

const parameters = (iv: Uint8Array<ArrayBuffer>, context: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: Buffer.from(context),
})
