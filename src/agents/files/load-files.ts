import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { thrownMessage } from '../tools/thrown.ts'
import { type FileFailure, failure, importFailure, type SourceFile } from './failure.ts'
import { listFiles } from './list.ts'
import { forgetEarlierLoad, ImportTimeout, importFile } from './modules.ts'
import { defaultExport, findInSource, findOnlyInSource, propertyNamed, quoted } from './position.ts'
import type { Problem } from './shape.ts'
import { registerBunkhouseModule } from './virtual-module.ts'

/** One sort of file that people put into a folder of its own, and how one of their exports is made ready for use. */
export interface FileSort<T> {
  /** As in "agent files"; `<folder>/<noun>.ts` is one of them too. */
  noun: string
  /** The function of 'bunkhouse' that their default export is made by. */
  maker: string
  /** @param earlier those of the files before, and of this one */
  define(at: SourceFile, value: unknown, earlier: readonly T[]): Promise<Defined<T>>
}

export type Defined<T> = { ok: true; value: T } | { ok: false; failure: FileFailure }

export interface LoadedFiles<T> {
  loaded: T[]
  failures: FileFailure[]
}

export interface LoadOptions {
  /** How long one file may take, as with a top-level await; default 30. */
  importTimeoutSeconds?: number | undefined
}

/**
 * Loads every file of a directory, one after the other in the order of their names. Whatever is wrong with one is a
 * failure in the result and leaves the others alone; this never rejects.
 */
export async function loadFiles<T>(
  sort: FileSort<T>,
  directory: string,
  { importTimeoutSeconds = 30 }: LoadOptions,
): Promise<LoadedFiles<T>> {
  const result: LoadedFiles<T> = { loaded: [], failures: [] }
  let root = resolve(directory)
  let files: string[]
  try {
    files = listFiles(root, sort.noun)
    if (files.length === 0) return result
    root = realpathSync(root)
    forgetEarlierLoad(root)
  } catch (error) {
    const message = `the directory of ${sort.noun} files cannot be read: ${thrownMessage(error)}`
    result.failures.push(failure({ file: '.' }, message))
    return result
  }
  registerBunkhouseModule()
  for (const file of files) await loadFile(sort, { root, file, importTimeoutSeconds }, result)
  return result
}

interface Place {
  root: string
  file: string
  importTimeoutSeconds: number
}

async function loadFile<T>(
  { maker, define }: FileSort<T>,
  { root, file, importTimeoutSeconds }: Place,
  { loaded, failures }: LoadedFiles<T>,
): Promise<void> {
  const at: SourceFile = { file, directory: root, path: join(root, file), source: '' }
  try {
    at.path = realpathSync(at.path)
    at.source = readFileSync(at.path, 'utf8')
  } catch (error) {
    failures.push(failure(at, `it cannot be read: ${thrownMessage(error)}`))
    return
  }
  let exported: unknown
  try {
    exported = (await importFile(at.path, importTimeoutSeconds)).default
  } catch (error) {
    failures.push(
      error instanceof ImportTimeout
        ? failure(at, error.message, { hint: 'A top-level await in it may never settle.' })
        : importFailure(at, error),
    )
    return
  }
  if (exported === undefined) {
    const hint = `End the file with "export default ${maker}({ … })".`
    failures.push(failure(at, 'it has no default export', { hint }))
    return
  }
  const values: unknown[] = Array.isArray(exported) ? exported : [exported]
  for (const value of values) {
    const defined = await define(at, value, loaded)
    if (defined.ok) loaded.push(defined.value)
    else failures.push(defined.failure)
  }
}

/** All that is wrong with one export, at the first property it is about. */
export function problemsAt(at: SourceFile, problems: Problem[]): FileFailure {
  const key = problems.find(problem => problem.key !== undefined)?.key
  const position = key === undefined ? null : findOnlyInSource(at.source, propertyNamed(key))
  return failure(at, problems.map(problem => problem.message).join('; '), {
    position: position ?? findInSource(at.source, defaultExport),
  })
}

export const nameTaken = (at: SourceFile, name: string, by: string): FileFailure =>
  failure(at, `the name "${name}" is already taken by ${by}`, {
    position: findOnlyInSource(at.source, quoted(name)),
    hint: 'Give one of the two another name.',
  })

/** Something that is wrong where this name is given. */
export const wrongNamed = (at: SourceFile, name: string, message: string): FileFailure =>
  failure(at, message, { position: findOnlyInSource(at.source, quoted(name)) })
