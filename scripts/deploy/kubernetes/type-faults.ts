import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { root, run } from '../command.ts'
import { type Manifest, titleOf } from './manifest.ts'

/** Custom resources, by their group; everything else is in the API itself. */
const packages: Readonly<Record<string, string>> = {
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
}

const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const [group = ''] = apiVersion.split('/')
  return `${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`
}

/** Holds objects against the types of the API: wrong values, and fields that it does not know. Empty: all is well. */
export async function typeFaults(manifests: Manifest[]): Promise<string[]> {
  const values = await Promise.all(manifests.map(valueFaults))
  return [...values.flat(), ...(await unknownFields(manifests))]
}

/** By the OpenAPI schemas of Kubernetes: patterns, ranges and what must be there. */
async function valueFaults(manifest: Manifest): Promise<string[]> {
  try {
    const models = await import(moduleOf(manifest))
    new models[manifest.kind](manifest).validate()
    return []
  } catch (error) {
    return [`${titleOf(manifest)}: ${error instanceof Error ? error.message : error}`]
  }
}

/** The schemas let these pass, so the compiler looks for them: an object literal has no property that its type has not. */
async function unknownFields(manifests: Manifest[]): Promise<string[]> {
  // Inside of the repository, from where its packages are found.
  await mkdir(join(root, 'dist'), { recursive: true })
  const folder = await mkdtemp(join(root, 'dist/.manifests-'))
  try {
    const files = manifests.map((manifest, index) => ({ file: `manifest-${index}.ts`, manifest }))
    for (const { file, manifest } of files) {
      const type = `import type { I${manifest.kind} } from '${moduleOf(manifest)}'`
      const value = `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest)}`
      await Bun.write(join(folder, file), `${type}\n${value}\n`)
    }
    const compilerOptions = { strict: true, skipLibCheck: true, noEmit: true, module: 'nodenext', types: [] }
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const compiler = [process.execPath, 'run', '--bun', 'tsc', '--pretty', 'false', '--project', folder]
    const { status, stdout, stderr } = await run(compiler)
    if (status === 0) return []
    const faults = [...stdout.matchAll(/manifest-(\d+)\.ts\([\d,]+\): error TS\d+: (.*)/g)]
    if (faults.length === 0) throw new Error(`the compiler failed:\n${stdout}${stderr}`)
    return faults.map(([, index, message]) => {
      const manifest = manifests[Number(index)]
      return `${manifest ? titleOf(manifest) : index}: ${message}`
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}
