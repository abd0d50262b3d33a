/** Licences that ask for no more than their notice, which `bun run licences` writes down. */
const permissive: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])

/**
 * Whether an SPDX expression lets us ship what it stands for: of `OR` one part must, of `AND` each. Anything that is not
 * known to is not: copyleft, a licence of somebody's own, none at all.
 */
export function isPermissive(expression: string): boolean {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? []
  let at = 0
  const either = (): boolean => {
    let allowed = both()
    while (tokens[at] === 'OR') {
      at++
      const next = both()
      allowed = allowed || next
    }
    return allowed
  }
  const both = (): boolean => {
    let allowed = one()
    while (tokens[at] === 'AND') {
      at++
      const next = one()
      allowed = allowed && next
    }
    return allowed
  }
  const one = (): boolean => {
    const token = tokens[at++]
    if (token !== '(') return token !== undefined && permissive.has(token)
    const allowed = either()
    return tokens[at++] === ')' && allowed
  }
  const allowed = either()
  return allowed && at === tokens.length
}
