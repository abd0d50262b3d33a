import { isObject, type Json, type JsonObject } from './json-path.ts'

/** One object of the Kubernetes API, as far as every one of them is alike. */
export interface Manifest extends JsonObject {
  apiVersion: string
  kind: string
  metadata: JsonObject & { name: string }
}

/** All objects of a stream of YAML documents. @throws where one is no object of the API */
export function readManifests(text: string): Manifest[] {
  const parsed: unknown = Bun.YAML.parse(text)
  const documents = Array.isArray(parsed) ? parsed : [parsed]
  return documents.filter(document => document !== null).map(asManifest)
}

function asManifest(document: Json): Manifest {
  if (
    isObject(document) &&
    typeof document.apiVersion === 'string' &&
    typeof document.kind === 'string' &&
    isObject(document.metadata) &&
    typeof document.metadata.name === 'string'
  ) {
    // Safe: looked at field by field just now.
    return document as Manifest
  }
  throw new Error(`not an object of the Kubernetes API: ${JSON.stringify(document).slice(0, 200)}`)
}

export const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`
