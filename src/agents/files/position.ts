// Where in a file something is; lines and columns count from 1.

export interface Position {
  line: number
  column: number
}

interface Frame extends Position {
  path: string
}

/** The first match of the pattern. */
export function findInSource(source: string, pattern: RegExp): Position | null {
  const index = source.search(pattern)
  if (index === -1) return null
  const before = source.slice(0, index)
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') }
}

/** The match, if there is but one: rather no place than a wrong one. */
export function findOnlyInSource(source: string, pattern: RegExp): Position | null {
  return source.split(pattern).length === 2 ? findInSource(source, pattern) : null
}

/** The text as a string literal. The runtime says which import failed, not where it stands. */
export const quoted = (text: string): RegExp => new RegExp(`(?<=['"\`])${literal(text)}['"\`]`)

/** A property of that name, written out or as a shorthand. */
export const propertyNamed = (key: string): RegExp => new RegExp(`(?<![\\w$.])['"]?${literal(key)}['"]?\\s*[:,(}]`)

export const wordNamed = (word: string): RegExp => new RegExp(`(?<![\\w$])${literal(word)}(?![\\w$])`)

export const defaultExport = /^\s*export\s+default\b/m

/** The frames of a stack that lie in files, innermost first. */
export function framesOf(stack: unknown): Frame[] {
  if (typeof stack !== 'string') return []
  const frames: Frame[] = []
  for (const [, path, line, column] of stack.matchAll(
    /^ +at (?:.* \()?(?:file:\/\/)?(\/.*?)(?:\?[^:]*)?:(\d+):(\d+)\)?$/gm,
  )) {
    if (path !== undefined) frames.push({ path, line: Number(line), column: Number(column) })
  }
  return frames
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
