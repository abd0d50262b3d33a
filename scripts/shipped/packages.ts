// Which packages are in what ships: those that the bundler took a file of, as its own record of the build tells.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..')

export interface ShippedPackage {
  name: string
  version: string
  /** Its folder, from the project's. Two versions of one package stand in two. */
  folder: string
  /** As its package.json says: an SPDX expression, or whatever is there; empty where nothing is. */
  licence: string
  /** Of those that ship, what it depends on: their folders. */
  dependsOn: string[]
  /** SHA-512 of its archive in hex, as bun.lock holds it; null where it says none. */
  sha512: string | null
}

interface Manifest {
  name: string
  version: string
  license?: string | { type?: string }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** By their names. The same entry and target as the program is built with. */
export async function shippedPackages(): Promise<ShippedPackage[]> {
  const build = await Bun.build({
    entrypoints: [join(root, 'src/main.ts')],
    target: 'bun',
    format: 'esm',
    metafile: true,
  })
  const inputs = Object.keys(build.metafile?.inputs ?? {})
  const folders = new Set(inputs.flatMap(input => folderOf(input) ?? []))
  if (folders.size === 0) throw new Error('The bundler tells of no package: its record has another form.')
  const locked = readLock()
  return [...folders].sort().map(folder => {
    const manifest = readManifest(folder)
    const { name, version, license } = manifest
    return {
      name,
      version,
      folder,
      licence: (typeof license === 'string' ? license : license?.type) ?? '',
      dependsOn: dependenciesOf(manifest).flatMap(wanted => resolved(wanted, folder, folders) ?? []),
      sha512: locked(folder, `${name}@${version}`),
    }
  })
}

const folderOf = (input: string): string | null =>
  /^(?:.*\/)?(node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? null

// Safe: package managers refuse one that has no such form.
export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

const dependenciesOf = (manifest: Manifest): string[] =>
  Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies })

/** Where a package finds another: in its own folder first, then further out. */
function resolved(wanted: string, from: string, folders: ReadonlySet<string>): string | null {
  for (let at = from; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    const inside = `${at}/node_modules/${wanted}`
    if (folders.has(inside)) return inside
    if (!at.includes('/node_modules/')) break
  }
  const outside = `node_modules/${wanted}`
  return folders.has(outside) ? outside : null
}

/** What bun.lock holds of a package's archive. @throws where it is of another version */
function readLock(): (folder: string, expected: string) => string | null {
  // Safe: written by Bun; a lock of another form has no such entries, which is noticed below.
  const lock = Bun.JSONC.parse(readFileSync(join(root, 'bun.lock'), 'utf8')) as { packages: Record<string, unknown[]> }
  return (folder, expected) => {
    const entry = lock.packages[folder.replace('node_modules/', '').replaceAll('/node_modules/', '/')]
    if (entry?.[0] !== expected)
      throw new Error(`${folder} is ${expected}, and ${entry?.[0]} in bun.lock. Install again.`)
    const integrity = entry.find(part => typeof part === 'string' && part.startsWith('sha512-'))
    return typeof integrity === 'string' ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : null
  }
}
