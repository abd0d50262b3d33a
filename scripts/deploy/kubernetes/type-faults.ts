import { excessFields } from '../excess-fields.ts'
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
  const typed = manifests.map(value => ({
    title: titleOf(value),
    value,
    type: `I${value.kind}`,
    from: moduleOf(value),
  }))
  return [...values.flat(), ...(await excessFields(typed))]
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
