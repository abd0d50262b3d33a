import type { ToolContext } from '../agents/define.ts'
import type { ToolRecord } from '../agents/record.ts'
import type { HttpRequestRecord } from '../agents/tools/http-request.ts'
import { OutcomeUnknown } from '../agents/tools/outcome-unknown.ts'
import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { AppContext } from '../context.ts'
import { type GuardedRequest, guardedFetch } from '../egress/guarded-fetch.ts'
import { EgressBlocked } from '../egress/policy.ts'
import type { Json } from '../json.ts'
import { openSecrets } from '../vault/open-secrets.ts'
import { type Answer, answerValue, pointed, readAnswer } from './read-answer.ts'
import { recordedApproval } from './recorded-approval.ts'
import { fillJson, fillText, fillUrl, secretsIn, textsOf, type Values } from './template.ts'

export type HttpToolContext = Pick<AppContext, 'config' | 'database' | 'egress' | 'sealer'>

const shownOfFailure = 2_000
const redirects = 5

/** A tool that is a request over HTTP, by an agent's record. */
export async function httpTool(
  app: HttpToolContext,
  tenantId: string,
  record: ToolRecord & { http: HttpRequestRecord },
): Promise<LoadedTool> {
  const { name, description, effect, timeout_seconds: timeoutSeconds } = record
  return {
    name,
    description,
    schema: await toolSchema(record.input_schema),
    effect,
    timeoutSeconds,
    doneBy: 'service',
    isBuiltin: false,
    approval: recordedApproval(record),
    // Safe: input that passed a schema of type object.
    run: (input, context) => send(app, { tenantId, record, input: input as Values['input'] }, context),
  }
}

/** Every text of a request that may hold fields and secrets. */
export const templatesOf = ({ url, headers, body }: HttpRequestRecord): string[] => [
  url,
  ...Object.values(headers),
  ...textsOf(body),
]

async function send(
  app: HttpToolContext,
  {
    tenantId,
    record,
    input,
  }: { tenantId: string; record: ToolRecord & { http: HttpRequestRecord }; input: Values['input'] },
  { idempotencyKey, signal }: ToolContext,
): Promise<Json> {
  const { http, effect } = record
  const secrets = await openSecrets(app, tenantId, secretsIn(templatesOf(http)))
  const values: Values = { input, secrets }
  const hide = (text: string) => [...secrets.values()].reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
  const request = { url: fillUrl(http.url, values), ...requestOf(http, values) }
  const answer = await ask(app, request, hide)
  // A server may say back what it was sent.
  const told = { ...answer, text: hide(answer.text) }
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`The server answered ${answer.status}: ${told.text.slice(0, shownOfFailure)}`)
  }
  const value = answerValue(told)
  if (http.select === null) return value
  const part = pointed(value, http.select)
  if (part === undefined) throw new Error(`The answer has nothing at ${http.select}.`)
  return part

  function requestOf({ method, headers, body }: HttpRequestRecord, filling: Values) {
    const sent: Record<string, string> = { 'user-agent': `Bunkhouse/${app.config.version}` }
    for (const [header, template] of Object.entries(headers)) sent[header.toLowerCase()] = fillText(template, filling)
    // The same for every try of this call.
    if (effect === 'idempotent') sent['idempotency-key'] ??= idempotencyKey
    const text = body === null ? undefined : JSON.stringify(fillJson(body, filling))
    if (text !== undefined) sent['content-type'] ??= 'application/json'
    return { method, headers: sent, signal, redirects, ...(text !== undefined && { body: text }) }
  }
}

/** @throws EgressBlocked; OutcomeUnknown where the request may have arrived and its answer has not */
async function ask(
  { egress }: HttpToolContext,
  { url, ...request }: GuardedRequest & { url: string },
  hide: (text: string) => string,
): Promise<Answer> {
  try {
    return await readAnswer(await guardedFetch(url, request, egress))
  } catch (error) {
    if (error instanceof EgressBlocked) throw error
    const message = hide(error instanceof Error ? error.message : String(error))
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ConnectionRefused' || code === 'ECONNREFUSED') throw new Error(message)
    throw new OutcomeUnknown(message)
  }
}
