import { invalidField } from '../../errors.ts'
import type { Json } from '../../json.ts'
import { type ImportedTool, type Operation, operationTool } from './operation-tool.ts'
import { isObject, resolved } from './resolve.ts'

export interface OpenapiImport {
  document: Json
  /** Where the document came from: servers may be told relative to it. */
  documentUrl?: string | undefined
  /** Ids, or `METHOD /path`, of those wanted; without: all. */
  operations?: string[] | undefined
  /** Instead of what the document says. */
  server?: string | undefined
  /** Sent with every request; `{{NAME}}` stands for a secret. */
  headers?: { [name: string]: string } | undefined
}

export interface ImportedTools {
  tools: ImportedTool[]
  /** Operations that cannot be tools, and why. */
  leftOut: { operation: string; reason: string }[]
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

/**
 * Operations of an OpenAPI document (3.0 or 3.1) as tools: parameters and body become the input schema.
 * @throws AppError invalid_request where the document is none, or has no such operation
 */
export function importTools({ document, documentUrl, operations, server, headers = {} }: OpenapiImport): ImportedTools {
  if (!isObject(document) || typeof document.openapi !== 'string' || !document.openapi.startsWith('3.'))
    throw invalidField('/document', 'It is no OpenAPI document of version 3.')
  const all = operationsOf(document)
  const wanted = operations === undefined ? all : all.filter(one => operations.some(name => isCalled(one, name)))
  const unknown = operations?.find(name => !all.some(one => isCalled(one, name)))
  if (unknown !== undefined) throw invalidField('/operations', `The document has no operation ${unknown}.`)
  const base = server ?? serverOf(document, documentUrl)
  const tools: ImportedTool[] = []
  const leftOut: ImportedTools['leftOut'] = []
  const names = new Set<string>()
  for (const operation of wanted) {
    try {
      const tool = operationTool(document, operation, { server: base, headers })
      if (names.has(tool.name)) throw new Error(`There is another operation called ${tool.name}.`)
      names.add(tool.name)
      tools.push(tool)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      leftOut.push({ operation: nameOf(operation), reason })
    }
  }
  return { tools, leftOut }
}

function operationsOf(document: { readonly [key: string]: Json }): Operation[] {
  if (!isObject(document.paths)) throw invalidField('/document', 'It has no paths.')
  return Object.entries(document.paths).flatMap(([path, item]) => {
    if (!isObject(item)) return []
    const shared = Array.isArray(item.parameters) ? item.parameters : []
    return methods.flatMap(method => {
      const operation = item[method]
      if (!isObject(operation)) return []
      const own = Array.isArray(operation.parameters) ? operation.parameters : []
      return [{ method, path, operation, parameters: overridden(document, shared, own) }]
    })
  })
}

/** Of two of the same name and place, the operation's own. */
function overridden(document: { readonly [key: string]: Json }, shared: Json[], own: Json[]): Json[] {
  const keyOf = (given: Json) => {
    const isElsewhere = isObject(given) && typeof given.$ref === 'string' && !given.$ref.startsWith('#/')
    const parameter = isElsewhere ? given : resolved(document, given)
    return parameter ? `${parameter.in} ${parameter.name}` : ''
  }
  const keys = new Set(own.map(keyOf))
  return [...shared.filter(parameter => !keys.has(keyOf(parameter))), ...own]
}

const isCalled = ({ method, path, operation }: Operation, name: string): boolean =>
  operation.operationId === name || `${method.toUpperCase()} ${path}` === name

const nameOf = ({ method, path, operation }: Operation): string =>
  typeof operation.operationId === 'string' ? operation.operationId : `${method.toUpperCase()} ${path}`

/** @throws AppError invalid_request where it says none that can be asked */
function serverOf(document: { readonly [key: string]: Json }, documentUrl: string | undefined): string {
  const [first] = Array.isArray(document.servers) ? document.servers : []
  const url = isObject(first) && typeof first.url === 'string' ? filledServer(first.url, first.variables) : '/'
  const whole = URL.parse(url, documentUrl)
  if (whole && /^https?:$/.test(whole.protocol)) return whole.href
  throw invalidField('/server', `The document says no server that can be asked (${url}): say which, as a URL.`)
}

function filledServer(url: string, variables: Json | undefined): string {
  return url.replaceAll(/\{([^}]+)\}/g, (whole, name: string) => {
    const variable = isObject(variables) ? variables[name] : undefined
    return isObject(variable) && typeof variable.default === 'string' ? variable.default : whole
  })
}
