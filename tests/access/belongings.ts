import { type ApiDocument, operationsOf, requiredQuery } from '../api/openapi-document.ts'
import { type Call, callOf, must } from '../api/stage.ts'
import type { Service } from '../support/service.ts'

/** Whoever calls with one key. */
export interface Caller {
  key: string
  call: Call
}

export const callerOf = (service: Pick<Service, 'request'>, key: string): Caller => {
  const call = callOf(service)
  return {
    key,
    call: (method, path, body, headers) => call(method, path, body, { ...headers, authorization: `Bearer ${key}` }),
  }
}

/** One operation of the API, ready to be asked for. */
export interface WalkedOperation {
  /** As `GET /v1/runs/{id}`. */
  name: string
  method: string
  /** With its parameters in braces. */
  template: string
  scope: string
  /** The example of its document; undefined where it takes no body. */
  body: object | undefined
  isList: boolean
}

/** Every operation that needs a key. */
export function operationsToWalk(document: ApiDocument): WalkedOperation[] {
  return operationsOf(document).flatMap(({ name, operation }) => {
    const [scope] = operation.security?.[0]?.bearer ?? []
    if (scope === undefined) return []
    const [method = '', path = ''] = name.split(' ')
    const template = path + requiredQuery(operation)
    const example = operation.requestBody?.content['application/json']?.example
    const body = typeof example === 'object' && example !== null ? example : undefined
    const isList = method === 'GET' && /^(list)/.test(operation.operationId)
    return [{ name, method, template, scope, body, isList }]
  })
}

export async function readDocument({ url }: Pick<Service, 'url'>): Promise<ApiDocument> {
  return (await (await fetch(`${url}/swagger/json`)).json()) as ApiDocument // its shape is tested elsewhere
}

let count = 0

/** What to send to a collection to have one of what it holds, where its example will not do. */
const bodies: Record<string, (agent: string) => object> = {
  '/v1/agents': () => ({ name: `made-${++count}`, model: 'builtin/echo' }),
  // Neither begins while a test looks at it.
  '/v1/runs': agent => ({ agent, input: 'hello', delay_seconds: 3_600 }),
  '/v1/jobs': () => ({ kind: 'waits', delay_seconds: 3_600 }),
  '/v1/schedules': agent => ({ agent, input: 'hello', cron: '0 9 * * *' }),
  '/v1/keys': () => ({ name: `made-${++count}`, scopes: ['runs:read'] }),
  '/v1/threads': () => ({ metadata: { made: ++count } }),
  '/v1/webhooks': () => ({ name: `made-${++count}`, url: 'https://app.example.com/hooks', events: ['run.*'] }),
  '/v1/tenants': () => ({ id: `made-${++count}` }),
}

/** A job file with the kind that is made above. */
export const jobFiles = {
  'waits.ts': `import { defineJob } from 'bunkhouse'
export default defineJob({ name: 'waits', queue: 'lane', input: { type: 'object' }, run: () => null })
`,
}

/**
 * Makes one more of what the first collection of a path holds. Returns the path with its id, and the id. Another feature's
 * collection takes the example of its document, or gets a line above.
 */
export async function makeOne(
  { call }: Pick<Caller, 'call'>,
  { template, document, agent = 'echo' }: { template: string; document: ApiDocument; agent?: string },
): Promise<{ id: string; path: string }> {
  if (template.startsWith('/v1/secrets/')) {
    const id = `MADE_${++count}`
    const { status, body } = await call('PUT', `/v1/secrets/${id}`, { value: 'a value that nobody is shown' })
    if (status >= 300) throw new Error(`PUT /v1/secrets: ${JSON.stringify(body)}`)
    return { id, path: template.replace(/\{\w+\}/, id) }
  }
  if (template.startsWith('/v1/files/')) {
    const file = { type: 'file', media_type: 'text/plain', data: btoa(`file ${++count}`), name: `file-${count}` }
    const input = [{ role: 'user', content: [file] }]
    const made = await call<{ input: { content: { file_id: string }[] }[] }>('POST', '/v1/runs', {
      agent,
      input,
      delay_seconds: 3_600,
    })
    const id = made.body.input[0]?.content[0]?.file_id ?? ''
    return { id, path: template.replace(/\{\w+\}/, id) }
  }
  // An agent with a run of it, as the AI SDK's clients know them.
  if (template.startsWith('/ai-sdk/')) {
    const made = await makeOne({ call }, { template: '/v1/agents/{name}', document })
    const owned = agent === 'echo' ? made.id : agent
    const { id } = await makeOne({ call }, { template: '/v1/runs/{id}', document, agent: owned })
    return { id, path: template.replace('{agent}', owned).replace('{chatId}', id) }
  }
  // A run, as OpenAI's clients know it.
  if (template.startsWith('/openai/v1/responses/')) {
    const { id: run } = await makeOne({ call }, { template: '/v1/runs/{id}', document, agent })
    const id = run.replace('run_', 'resp_')
    return { id, path: template.replace(/\{\w+\}/, id) }
  }
  // A thread, as OpenAI's clients know it, with a message.
  if (template.startsWith('/openai/v1/conversations/')) {
    const { id: thread } = await makeOne({ call }, { template: '/v1/threads/{id}', document })
    const said = { role: 'user', content: 'hello' }
    const item = await must(201, call<{ id: string }>('POST', `/v1/threads/${thread}/messages`, said))
    const id = thread.replace('thr_', 'conv_')
    return { id, path: template.replace('{id}', id).replace('{item}', item.body.id) }
  }
  // An agent, as OpenAI's clients know it.
  if (template.startsWith('/openai/v1/models/')) {
    const { id } = await makeOne({ call }, { template: '/v1/agents/{name}', document, agent })
    return { id, path: template.replace(/\{\w+\}/, id) }
  }
  if (template.startsWith('/v1/webhooks/deliveries/')) {
    const { path } = await makeOne({ call }, { template: '/v1/webhooks/{id}/test', document })
    const { status, body } = await call<{ id: string }>('POST', path)
    if (status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(body)}`)
    return { id: body.id, path: template.replace(/\{\w+\}/, body.id) }
  }
  const [, collection = ''] = /^(\/v1\/[^/]+)\/\{/.exec(template) ?? []
  const example = document.paths[collection]?.post?.requestBody?.content['application/json']?.example
  const body = bodies[collection]?.(agent) ?? example
  if (body === undefined) throw new Error(`Say in belongings.ts how to make one of what ${template} names.`)
  const made = await call<{ id?: string; name?: string; job?: { id: string } }>('POST', collection, body)
  const id = made.body.job?.id ?? made.body.id ?? made.body.name
  if (made.status >= 300 || id === undefined) throw new Error(`POST ${collection}: ${JSON.stringify(made.body)}`)
  if (/\{.*\{/.test(template)) throw new Error(`Say in belongings.ts how to make the second of ${template}.`)
  return { id, path: template.replace(/\{\w+\}/, id) }
}

/** Makes a tenant and returns its first key's caller. */
export async function makeTenant(service: Service, id: string): Promise<Caller> {
  const { body } = await must(
    201,
    callOf(service)<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id, name: id }),
  )
  return callerOf(service, body.admin_key.key)
}
