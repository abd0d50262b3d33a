import { dirname, join } from 'node:path/posix'
import {
  browserFolders,
  browserMayImport,
  emptyNames,
  environmentReaders,
  featureMayImport,
  forbiddenPackages,
  mayImport,
  mayImportRoutes,
  routesFile,
  timerHolders,
  typesOnly,
} from './layout-rules.ts'

export interface Fault {
  /** Relative to src. */
  file: string
  message: string
}

interface Import {
  specifier: string
  typeOnly: boolean
}

const transpilers = { ts: new Bun.Transpiler({ loader: 'ts' }), tsx: new Bun.Transpiler({ loader: 'tsx' }) }
const typeImport = /^(?:import|export)\s+type\s[^'"]*?from\s+['"]([^'"]+)['"]/gm
const comments = /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm

/** Holds the files of src, path to text, against the rules. */
export const findLayoutFaults = (files: ReadonlyMap<string, string>): Fault[] =>
  [...files].flatMap(([file, text]) => {
    const messages = nameFaults(file)
    // A test may reach for what it likes.
    if (!file.endsWith('.test.ts')) messages.push(...importFaults(file, text), ...textFaults(file, text))
    return messages.map(message => ({ file, message }))
  })

const partOf = (file: string): string => {
  const [first = file] = file.split('/', 1)
  return first === file && !(first in mayImport) ? first.replace(/(-.*|\.test)\.ts$/, '.ts') : first
}
const isFeature = (part: string): boolean => !part.endsWith('.ts') && !(part in mayImport)

const browserFolderOf = (file: string): string | undefined =>
  browserFolders.find(folder => file.startsWith(`${folder}/`))

const nameFaults = (file: string): string[] => {
  const part = partOf(file)
  return [
    ...file.split('/').flatMap(name => (emptyNames.test(name) ? [`the name ${name} does not say what is in it`] : [])),
    ...(part.endsWith('.ts') && !(part in mayImport)
      ? ['is not in the table mayImport of scripts/layout-rules.ts']
      : []),
  ]
}

const importsOf = (file: string, text: string): Import[] => [
  ...transpilers[file.endsWith('.tsx') ? 'tsx' : 'ts']
    .scanImports(text.replace(/^#!.*/, ''))
    .map(found => ({ specifier: found.path, typeOnly: false })),
  ...[...text.matchAll(typeImport)].map(match => ({ specifier: match[1] ?? '', typeOnly: true })),
]

const importFaults = (file: string, text: string): string[] => {
  const part = partOf(file)
  return importsOf(file, text).flatMap(({ specifier, typeOnly }) => {
    const faults = specifier.startsWith('.')
      ? sourceFaults(file, join(dirname(file), specifier))
      : (forbiddenPackages[part] ?? [])
          .filter(name => specifier === name || specifier.startsWith(`${name}/`))
          .map(name => `${part} must not import ${name}`)
    if (typesOnly.includes(file) && !typeOnly) faults.push(`may import types only, and imports ${specifier}`)
    return faults
  })
}

/** `target` is the imported file, relative to src; what lies outside src (package.json, migrations) is free. */
const sourceFaults = (file: string, target: string): string[] => {
  const folder = browserFolderOf(file)
  if (folder !== undefined)
    return browserFolderOf(target) === folder || browserMayImport.includes(target)
      ? []
      : [`runs in a browser, and imports ${target} of the service`]
  if (browserFolderOf(target) !== undefined) return [`imports ${target}, which runs in a browser`]
  if (target.startsWith('../')) return []
  const from = partOf(file)
  const to = partOf(target)
  if (from === to) return []
  const faults: string[] = []
  if (to === 'main.ts') faults.push('imports main.ts, the entry')
  else if (!isAllowed(from, to)) faults.push(`${from} must not import ${to} (${target})`)
  if (target.endsWith(`/${routesFile}`) && !mayImportRoutes.includes(from)) {
    faults.push(`imports ${target}: call that feature's verbs instead`)
  }
  return faults
}

const isAllowed = (from: string, to: string): boolean => {
  if (isFeature(from)) return isFeature(to) || featureMayImport.includes(to)
  const allowed = mayImport[from] ?? []
  return allowed === 'anything' || allowed.includes(isFeature(to) ? 'features' : to)
}

const textFaults = (file: string, text: string): string[] => {
  const code = text.replace(comments, '')
  const faults: string[] = []
  if (!(file in environmentReaders) && /\b(process|Bun|import\.meta)\.env\b/.test(code)) {
    faults.push('reads the environment: take it from config.ts')
  }
  if (browserFolderOf(file) !== undefined) return faults
  if (!(file in timerHolders || partOf(file) in timerHolders) && /\b(setTimeout|setInterval|Bun\.sleep)\(/.test(code)) {
    faults.push('holds a timer: use the loop in runtime/, or give the reason in scripts/layout-rules.ts')
  }
  return faults
}
