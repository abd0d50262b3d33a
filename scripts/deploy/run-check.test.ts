import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import type { DeployCheck } from './check.ts'
import { runCheck } from './run-check.ts'
import { table } from './table.ts'

const checkOf = (parts: Partial<DeployCheck>): DeployCheck => ({
  artifact: 'Dockerfile',
  how: 'built',
  cannot: 'the real base images',
  run: async ({ step }) => void (await step('it holds', () => 1)),
  ...parts,
})
const silent = () => {}

describe('a check of what ships', () => {
  test('counts the statements that held', async () => {
    const result = await runCheck(checkOf({}), silent)
    expect(result).toMatchObject({ outcome: 'passed', held: 1, reason: null })
    expect(table([result])).toContain('passed: 1 of 1')
  })

  test('fails at the first statement that does not hold, by its name, and undoes all the same', async () => {
    const undone: string[] = []
    let folder = ''
    const result = await runCheck(
      checkOf({
        run: async bench => {
          folder = bench.folder
          bench.afterwards(() => undone.push('first'))
          bench.afterwards(() => undone.push('second'))
          await bench.step('it builds', () => 1)
          await bench.step('it starts', () => {
            throw new Error('exit status 1')
          })
        },
      }),
      silent,
    )
    expect(result).toMatchObject({ outcome: 'failed', held: 1, reason: 'it starts: exit status 1' })
    expect(undone).toEqual(['second', 'first'])
    expect(existsSync(folder)).toBe(false)
    expect(table([result])).toContain('FAILED after 1')
  })

  test('fails where it states nothing', async () => {
    expect((await runCheck(checkOf({ run: async () => {} }), silent)).outcome).toBe('failed')
  })

  test('fails when its time is over', async () => {
    const check = checkOf({ limitSeconds: 0.01, run: ({ step }) => step('it ends', () => new Promise(() => {})) })
    expect((await runCheck(check, silent)).reason).toBe('it ends: not done within 0.01 s')
  })

  test('is not passed where the machine lacks what it needs', async () => {
    const result = await runCheck(checkOf({ missing: () => 'no docker on PATH' }), silent)
    expect(result).toMatchObject({ outcome: 'not checked', held: 0 })
    expect(table([result])).toContain('all of it: no docker on PATH')
  })
})
