import { expect, test } from 'bun:test'
import { RecentLines } from './recent-lines.ts'

const line = (msg: string) => `${JSON.stringify({ level: 'info', time: 'now', msg })}\n`

test('the last thousand lines are kept, by their numbers', () => {
  const recent = new RecentLines()
  expect([recent.first, recent.last, [...recent.after(0)]]).toEqual([1, 0, []])
  for (let n = 1; n <= 2_500; n++) recent.add(line(`line ${n}`))
  const kept = [...recent.after(0)]
  expect([recent.first, recent.last, kept.length]).toEqual([1_501, 2_500, 1_000])
  expect(kept[0]).toEqual({ n: 1_501, text: line('line 1501').trimEnd() })
  expect([...recent.after(2_499)].map(({ n }) => n)).toEqual([2_500])
  expect([...recent.after(2_500)]).toEqual([])
})

test('a long line is cut down to what it says', () => {
  const recent = new RecentLines()
  recent.add(
    `${JSON.stringify({ level: 'warn', time: 'now', runId: 'run_1', stack: 'x'.repeat(10_000), msg: 'it broke' })}\n`,
  )
  const [only] = recent.after(0)
  const said: object = JSON.parse(only?.text ?? '')
  expect(said).toMatchObject({ level: 'warn', time: 'now', runId: 'run_1', msg: 'it broke' })
  expect(said).toHaveProperty('cut_characters')
  expect(said).not.toHaveProperty('stack')
})
