import { describe, expect, test } from 'bun:test'
import { createSealer } from './seal.ts'

const keyText = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')
const secret = 'whsec_planted0planted0planted0'
const sealer = (...keys: string[]) => createSealer({ keys, isProduction: true })

describe('a sealed secret', () => {
  test.each([
    ['32 bytes in base64', keyText()],
    ['a passphrase', 'correct horse battery staple'],
  ])('opens with the key that sealed it: %s', async (_, key) => {
    const sealed = await sealer(key).seal(secret, 'default whk_1')
    expect(sealed).not.toContain('planted')
    expect(await sealer(key).open(sealed, 'default whk_1')).toBe(secret)
  })

  test('is another text each time', async () => {
    const { seal } = sealer(keyText())
    expect(await seal(secret, 'a')).not.toBe(await seal(secret, 'a'))
  })

  test('opens after its key is no longer the first', async () => {
    const [old, young] = [keyText(), keyText()]
    const sealed = await sealer(old).seal(secret, 'a')
    expect(await sealer(young, old).open(sealed, 'a')).toBe(secret)
    const again = await sealer(young, old).seal(secret, 'a')
    expect(await sealer(young).open(again, 'a')).toBe(secret)
  })

  test('stays closed for another tenant or id, without its key, and when it was changed', async () => {
    const key = keyText()
    const sealed = await sealer(key).seal(secret, 'default whk_1')
    expect(sealer(key).open(sealed, 'other whk_1')).rejects.toThrow('is of something else')
    expect(sealer(key).open(sealed, 'default whk_2')).rejects.toThrow('is of something else')
    expect(sealer(keyText()).open(sealed, 'default whk_1')).rejects.toThrow('No key')
    const at = sealed.length - 5
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(sealer(key).open(changed, 'default whk_1')).rejects.toThrow('was changed')
    expect(sealer(key).open('v1.00', 'default whk_1')).rejects.toThrow('not a sealed secret')
  })
})

describe('without a key', () => {
  test('development stores it as it is', async () => {
    const plain = createSealer({ keys: [], isProduction: false })
    const stored = await plain.seal(secret, 'a')
    expect(stored).toBe(`plain:${secret}`)
    expect(await plain.open(stored, 'a')).toBe(secret)
  })

  test('production refuses, and says what to set', () => {
    expect(sealer().seal(secret, 'a')).rejects.toThrow('BUNKHOUSE_SECRET_KEY')
  })

  test('production opens none that development has left', () => {
    expect(sealer(keyText()).open(`plain:${secret}`, 'a')).rejects.toThrow('Make a new one')
  })
})
