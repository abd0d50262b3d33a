import { expect, test } from 'bun:test'
import { csvOf } from './csv.ts'

const row = {
  day: null,
  agent: null,
  model: null,
  keyId: null,
  runs: 1,
  failedRuns: 0,
  calls: 2,
  unpricedCalls: 0,
  inputTokens: 3,
  outputTokens: 4,
  costUsd: 0.5,
}

test('a field with commas or quotes is quoted, and none begins a formula', () => {
  const names = ['a,b', 'say "x"', '=1+1']
  const lines = csvOf(
    ['agent'],
    names.map(agent => ({ ...row, agent })),
  ).split('\r\n')
  expect(lines.slice(1, 4)).toEqual([
    '"a,b",1,0,2,3,4,7,0.5,0',
    '"say ""x""",1,0,2,3,4,7,0.5,0',
    "'=1+1,1,0,2,3,4,7,0.5,0",
  ])
})

test('where it is grouped by models, runs are left out', () => {
  expect(csvOf(['model'], [{ ...row, model: 'x/y' }])).toBe(
    'model,model_calls,input_tokens,output_tokens,total_tokens,cost_usd,unpriced_calls\r\nx/y,2,3,4,7,0.5,0\r\n',
  )
})
