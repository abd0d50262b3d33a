import { expect, test } from 'bun:test'
import { isPermissive } from './licence.ts'

test.each(['MIT', 'ISC', '(MIT OR GPL-3.0-only)', 'MIT AND BSD-3-Clause', '(MIT AND (Apache-2.0 OR LGPL-2.1-only))'])(
  '%s may ship',
  expression => {
    expect(isPermissive(expression)).toBe(true)
  },
)

test.each([
  '',
  'GPL-3.0-only',
  'LGPL-2.1-only',
  'AGPL-3.0-or-later',
  'MPL-2.0',
  'SSPL-1.0',
  'BUSL-1.1',
  'UNLICENSED',
  'SEE LICENSE IN LICENSE',
  'MIT AND GPL-2.0-only',
  '(MIT OR',
  'MIT)',
  'MIT MIT',
  'OR',
  'mit',
])('%j may not', expression => {
  expect(isPermissive(expression)).toBe(false)
})
