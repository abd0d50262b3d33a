import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { chineseStates } from '../../src/console/page/ui/state-words.ts'

test('every state that the API may tell the console of has its Chinese word', async () => {
  const operations = await Bun.file(join(import.meta.dir, '../../src/console/page/api/operations.ts')).text()
  const fields = /\b(?:status|state|outcome|severity|level)\??: ((?:"\w+"(?: \| )?)+)/g
  const states = new Set(
    [...operations.matchAll(fields)].flatMap(([, union = '']) =>
      [...union.matchAll(/"(\w+)"/g)].map(([, word]) => word),
    ),
  )
  expect(states.size).toBeGreaterThan(20)
  expect([...states].filter(state => chineseStates[state ?? ''] === undefined)).toEqual([])
})
