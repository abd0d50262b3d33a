import type { ToolEffect } from '../../agents/define.ts'
import type { HttpRequestRecord } from '../../agents/tools/http-request.ts'
import type { Json } from '../../json.ts'
import { isObject, resolved, wholeSchema } from './resolve.ts'

/** A tool as a body of an agent has it. */
export interface ImportedTool {
  name: string
  description: string
  input_schema: { [key: string]: Json }
  effect: ToolEffect
  http: Pick<HttpRequestRecord, 'method' | 'url' | 'headers'> & { body?: Json }
}

export interface Operation {
  method: string
  path: string
  /** As the document has them: those of its path, then its own. */
  parameters: Json[]
  operation: { readonly [key: string]: Json }
}

type Document = { readonly [key: string]: Json }

/** Headers that are not for a model to fill in. */
const ownHeaders = new Set(['authorization', 'accept', 'content-type', 'user-agent', 'idempotency-key', 'host'])
const longestDescription = 1_000

const effects: Readonly<Record<string, ToolEffect>> = { get: 'none', put: 'idempotent', delete: 'idempotent' }

/** @throws Error saying why the operation cannot be a tool */
export function operationTool(
  document: Document,
  { method, path, parameters, operation }: Operation,
  { server, headers }: { server: string; headers: { [name: string]: string } },
): ImportedTool {
  const fields = new Fields()
  let url = server.replace(/\/$/, '') + path
  const query: string[] = []
  const sent: { [name: string]: string } = { ...headers }
  for (const given of parameters) {
    const parameter = resolved(document, given)
    const name = parameter?.name
    if (!parameter || typeof name !== 'string') continue
    const isRequired = parameter.required === true || parameter.in === 'path'
    if (parameter.in === 'header' && ownHeaders.has(name.toLowerCase())) continue
    if (parameter.in === 'cookie' || parameter.in === 'header') {
      // One that is left out of a header would leave the header empty.
      if (isRequired && parameter.in === 'header')
        sent[name.toLowerCase()] = `{${fields.add(name, described(document, parameter), true)}}`
      else if (isRequired) throw new Error(`It needs the cookie ${name}.`)
      continue
    }
    const field = fields.add(name, described(document, parameter), isRequired)
    if (parameter.in === 'path') url = url.replaceAll(`{${name}}`, `{${field}}`)
    else query.push(`${encodeURIComponent(name)}={${field}}`)
  }
  const body = bodySchema(document, operation)
  const http: ImportedTool['http'] = {
    // One of those that are looked for.
    method: method.toUpperCase() as HttpRequestRecord['method'],
    url: query.length === 0 ? url : `${url}?${query.join('&')}`,
    headers: sent,
    ...(body && { body: `{${fields.add('body', body.schema, body.isRequired)}}` }),
  }
  return {
    name: toolName(operation, method, path),
    description: descriptionOf(operation, method, path),
    input_schema: fields.schema(),
    effect: effects[method] ?? 'once',
    http,
  }
}

/** What a tool is given, by names that places in templates can have. */
class Fields {
  readonly #properties: { [name: string]: Json } = {}
  readonly #required: string[] = []

  add(name: string, schema: { readonly [key: string]: Json }, isRequired: boolean): string {
    const plain = name.replaceAll(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_')
    let field = plain
    for (let number = 2; field in this.#properties; number++) field = `${plain}_${number}`
    this.#properties[field] = schema
    if (isRequired) this.#required.push(field)
    return field
  }

  schema(): { [key: string]: Json } {
    return {
      type: 'object',
      properties: this.#properties,
      ...(this.#required.length > 0 && { required: this.#required }),
      additionalProperties: false,
    }
  }
}

function described(document: Document, parameter: { readonly [key: string]: Json }) {
  const { content, schema, description } = parameter
  const inContent = isObject(content) ? resolved(document, Object.values(content)[0])?.schema : undefined
  const whole = wholeSchema(document, schema ?? inContent)
  return typeof description === 'string' && whole.description === undefined
    ? { ...whole, description: description.slice(0, longestDescription) }
    : whole
}

/** @throws Error where the body is no JSON */
function bodySchema(document: Document, operation: { readonly [key: string]: Json }) {
  const body = resolved(document, operation.requestBody)
  if (!body) return null
  const content = isObject(body.content) ? body.content : {}
  const type = Object.keys(content).find(name => /^application\/([a-z0-9.+-]+\+)?json\b/i.test(name))
  if (type === undefined) {
    if (body.required !== true) return null
    throw new Error(
      `It wants its body as ${Object.keys(content).join(' or ') || 'nothing that is said'}, and not as JSON.`,
    )
  }
  return {
    schema: wholeSchema(document, resolved(document, content[type])?.schema),
    isRequired: body.required === true,
  }
}

const toolName = ({ operationId }: { readonly [key: string]: Json }, method: string, path: string): string => {
  const name = typeof operationId === 'string' ? operationId : `${method}_${path}`
  return (
    name
      .replaceAll(/[^A-Za-z0-9-]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 64) || method
  )
}

function descriptionOf(operation: { readonly [key: string]: Json }, method: string, path: string): string {
  const words = [operation.summary, operation.description].filter(part => typeof part === 'string' && part !== '')
  return (words.join('\n') || `${method.toUpperCase()} ${path}`).slice(0, longestDescription)
}
