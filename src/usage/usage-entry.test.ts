import { expect, test } from 'bun:test'
import { callUsage, runUsageEntry, sumUp } from './usage-entry.ts'

const spender = { tenantId: 'default', agent: 'clerk', keyId: null }
const at = Date.parse('2026-11-26T23:59:59.999Z')

test('a call whose cost is not known is counted, and left out of the sum', () => {
  const entries = [0.5, null].map(cost_usd =>
    callUsage(spender, 'x/y', { input_tokens: 3, output_tokens: 4, cost_usd }, at),
  )
  expect(sumUp(entries)).toEqual([
    {
      ...{ tenantId: 'default', day: '2026-11-26', agent: 'clerk', model: 'x/y', keyId: '' },
      ...{ runs: 0, failedRuns: 0, calls: 2, unpricedCalls: 1, inputTokens: 6, outputTokens: 8, costUsd: 0.5 },
    },
  ])
})

test('days, agents, models and keys are summed up apart', () => {
  const call = callUsage(spender, 'x/y', { input_tokens: 1, output_tokens: 1, cost_usd: 1 }, at)
  const entries = [call, { ...call, keyId: 'key_1' }, { ...call, agent: 'other' }, { ...call, model: 'x/z' }]
  const next = callUsage(spender, 'x/y', { input_tokens: 1, output_tokens: 1, cost_usd: 1 }, at + 1)
  expect(next.day).toBe('2026-11-27')
  expect(sumUp([...entries, next, runUsageEntry(spender, 'failed', at)])).toHaveLength(6)
  expect(sumUp([call, call])).toHaveLength(1)
})
