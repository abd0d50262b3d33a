import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFiles } from '../tests/support/temporary-files.ts'
import { changedNames, Environment } from './config-environment.ts'

describe('the environment as a start would find it', () => {
  test('is the file’s, where what is given does not say otherwise', async () => {
    using files = temporaryFiles({ '.env': 'A=1\nB=2\n' })
    const path = join(files.path, '.env')
    // As Bun has put the file into it, and B was given from outside.
    const environment = new Environment({ A: '1', B: 'given', C: 'other' }, path)
    await Bun.write(path, 'A=3\nB=4\nD=5\n')
    expect(environment.read()).toEqual({ A: '3', B: 'given', C: 'other', D: '5' })
    await Bun.write(path, 'B=4\n')
    expect(environment.read()).toEqual({ B: 'given', C: 'other' })
  })

  test('is what is given where there is no file', () => {
    using files = temporaryFiles()
    const environment = new Environment({ A: '1' }, join(files.path, '.env'))
    expect(environment.read()).toEqual({ A: '1' })
  })

  test('cannot be told where the file cannot be read', () => {
    using files = temporaryFiles({ '.env/file': '' })
    const environment = new Environment({ A: '1' }, join(files.path, '.env'))
    expect(() => environment.read()).toThrow()
  })
})

test('what changed is told by name', () => {
  expect(changedNames({ a: '1', b: '2', c: '3' }, { a: '1', b: '4', d: '5' })).toEqual(['b', 'c', 'd'])
})
