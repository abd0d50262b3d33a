import { expect, test } from 'bun:test'
import type { ChaosOptions } from '../options.ts'
import { planWork } from '../work/plan.ts'
import { planFaults } from './plan.ts'

const options: ChaosOptions = { minutes: 1, engine: 'postgres', redis: true, seed: 7, processes: 3 }

test('the same seed plans the same faults and work, another one does not', () => {
  const other = { ...options, seed: 8 }
  expect(planFaults(options)).toEqual(planFaults(options))
  expect(planFaults(options)).not.toEqual(planFaults(other))
  expect(planWork(options)).toEqual(planWork(options))
  expect(planWork(options)).not.toEqual(planWork(other))
})

test('a minute has every kind of fault, each over by the end', () => {
  const faults = planFaults(options)
  expect(new Set(faults.map(({ fault }) => fault.kind))).toEqual(
    new Set(['kill', 'kill all', 'drain', 'freeze', 'set clock', 'restart postgres', 'cut connections', 'kill redis']),
  )
  for (const { at, fault } of faults) {
    const lastsMs = 'downMs' in fault ? fault.downMs : 'forMs' in fault ? fault.forMs : 0
    expect(at + lastsMs).toBeLessThanOrEqual(60_000)
  }
})

test('no process is hit while an earlier fault still has it', () => {
  const until = [0, 0, 0]
  for (const { at, fault } of planFaults({ ...options, minutes: 5 })) {
    const slots = 'slot' in fault ? [fault.slot] : fault.kind === 'kill all' ? [0, 1, 2] : []
    for (const slot of slots) {
      expect(at).toBeGreaterThanOrEqual(until[slot] ?? 0)
      until[slot] = at + ('downMs' in fault ? fault.downMs : 'forMs' in fault ? fault.forMs : 0)
    }
  }
})

test('sqlite has one process, and nothing else to hit', () => {
  const faults = planFaults({ ...options, engine: 'sqlite', redis: false, processes: 1 })
  const kinds = new Set(faults.map(({ fault }) => fault.kind))
  expect([...kinds].sort()).toEqual(['drain', 'freeze', 'kill', 'set clock'])
})
