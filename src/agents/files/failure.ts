// Turns whatever an import can throw into one place and one sentence.
import { relative } from 'node:path'
import { thrownMessage } from '../tools/thrown.ts'
import { nearest } from './nearest.ts'
import { findInSource, framesOf, type Position, quoted, wordNamed } from './position.ts'
import { bunkhouseExports } from './virtual-module.ts'

export interface FileFailure {
  /** Relative to the directory it was loaded from. */
  file: string
  /** In that file, counted from 1; null when it is not known. */
  line: number | null
  column: number | null
  message: string
  /** What to do about it. */
  hint?: string
}

export interface SourceFile {
  file: string
  /** Absolute, links resolved: as stacks name it. */
  path: string
  /** Absolute, links resolved: what other files are named relative to. */
  directory: string
  source: string
}

export const failure = (
  { file }: Pick<SourceFile, 'file'>,
  message: string,
  { position = null, hint }: { position?: Position | null | undefined; hint?: string | undefined } = {},
): FileFailure => ({
  file,
  line: position?.line ?? null,
  column: position?.column ?? null,
  message,
  ...(hint === undefined ? {} : { hint }),
})

export function importFailure(at: SourceFile, error: unknown): FileFailure {
  const build = buildMessageOf(error)
  if (build !== undefined) return syntaxFailure(at, build)
  if (error instanceof ResolveMessage) return unresolvedFailure(at, error)
  const missing = error instanceof SyntaxError && /^Export named '(.+)' not found in module '(.+)'/.exec(error.message)
  if (missing) return missingExportFailure(at, missing[1] ?? '', missing[2] ?? '')
  return thrownFailure(at, error)
}

/** A file with several syntax errors throws all of them at once; the first one is the cause of most others. */
function buildMessageOf(error: unknown): BuildMessage | undefined {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  return errors.find(candidate => candidate instanceof BuildMessage)
}

function syntaxFailure(at: SourceFile, { message, position }: BuildMessage): FileFailure {
  if (position === null) return failure(at, message)
  const { file, line, column } = position
  if (file === at.path) return failure(at, message, { position: { line, column } })
  return failure(at, `${message} (in ${nameOf(at, file)}:${line}:${column}, which it imports)`)
}

function unresolvedFailure(at: SourceFile, { specifier, referrer }: ResolveMessage): FileFailure {
  const own = referrer === at.path
  const kind = /^[./]/.test(specifier) ? 'file' : 'package'
  const importer = own ? '' : ` (imported from ${nameOf(at, referrer)})`
  return failure(at, `the ${kind} "${specifier}" was not found${importer}`, {
    position: own ? findInSource(at.source, quoted(specifier)) : null,
    hint:
      kind === 'file'
        ? 'The path is relative to the file that imports it.'
        : `Install it beside these files: run "bun add ${packageOf(specifier)}" in their folder.`,
  })
}

const packageOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier

function missingExportFailure(at: SourceFile, name: string, module: string): FileFailure {
  const own = module === 'bunkhouse'
  const similar = own ? nearest(name, bunkhouseExports) : undefined
  return failure(at, `"${own ? module : nameOf(at, module)}" has no export named "${name}"`, {
    position: findInSource(at.source, wordNamed(name)),
    hint: similar === undefined ? undefined : `Did you mean "${similar}"?`,
  })
}

function thrownFailure(at: SourceFile, error: unknown): FileFailure {
  const frames = error instanceof Error ? framesOf(error.stack) : []
  const position = frames.find(frame => frame.path === at.path)
  const [origin] = frames
  const elsewhere =
    origin === undefined || origin.path === at.path
      ? ''
      : ` (at ${nameOf(at, origin.path)}:${origin.line}:${origin.column})`
  const kind = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : ''
  return failure(at, `it threw while loading: ${kind}${thrownMessage(error)}${elsewhere}`, { position })
}

const nameOf = ({ directory }: SourceFile, path: string): string =>
  path.startsWith('/') ? relative(directory, path) : path
