import { type Static, t } from 'elysia'
import { outputRule } from '../agents/output.ts'
import type { ToolRecord } from '../agents/record.ts'
import { builtinToolNames, isBuiltinTool } from '../agents/tools/builtin-names.ts'
import { httpMethods } from '../agents/tools/http-request.ts'
import { type PlainJsonSchema, toolSchema } from '../agents/tools/schema.ts'
import { deadlineActions } from '../agents/wait.ts'
import { urlFault } from '../egress/guarded-fetch.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import { invalidField } from '../errors.ts'
import { oneOf } from '../http/one-of.ts'
import { templatesOf } from '../tools/http-tool.ts'
import type { ToolLoader } from '../tools/load-tool-record.ts'
import { fieldsIn } from '../tools/template.ts'

const closed = { additionalProperties: false }

const HttpBody = t.Object(
  {
    method: t.Optional(oneOf([...httpMethods], { default: 'GET' })),
    url: t.String({
      maxLength: 4_000,
      description: 'Its path and query may hold `{field}` for a field of the input and `{{NAME}}` for a secret.',
      examples: ['https://api.example.com/orders/{id}?expand={expand}'],
    }),
    headers: t.Optional(t.Record(t.String({ maxLength: 100 }), t.String({ maxLength: 4_000 }), { maxProperties: 50 })),
    body: t.Optional(
      t.Any({ description: 'JSON that may hold the same. A text that is one field alone becomes its value.' }),
    ),
    select: t.Optional(
      t.Nullable(
        t.String({
          pattern: '^(/.*)?$',
          maxLength: 500,
          description: 'JSON pointer to what the model gets of the answer.',
        }),
      ),
    ),
  },
  closed,
)

const ApprovalBody = t.Object(
  {
    form: t.Optional(t.Nullable(t.Record(t.String(), t.Any()))),
    deadline_seconds: t.Optional(t.Nullable(t.Integer({ minimum: 1, maximum: 31_536_000, default: 86_400 }))),
    on_deadline: t.Optional(oneOf([...deadlineActions], { default: 'deny' })),
    remind_every_seconds: t.Optional(t.Nullable(t.Integer({ minimum: 60, maximum: 31_536_000 }))),
    holds_thread: t.Optional(t.Boolean({ default: false })),
  },
  closed,
)

const HttpToolBody = t.Object(
  {
    name: t.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    description: t.String({ minLength: 1, maxLength: 4_000 }),
    input_schema: t.Record(t.String(), t.Any(), { description: 'JSON Schema of type object.' }),
    effect: t.Optional(
      oneOf(['none', 'idempotent', 'once'], {
        description: 'What calling it twice would do. Default: none of a GET, once of all others.',
      }),
    ),
    timeout_seconds: t.Optional(t.Number({ minimum: 0.1, maximum: 3_600, default: 60 })),
    approval: t.Optional(t.Nullable(ApprovalBody)),
    http: HttpBody,
  },
  closed,
)

export const ToolsBody = t.Array(
  t.Union([t.String({ description: `One of the service's own: ${builtinToolNames.join(', ')}.` }), HttpToolBody]),
  { maxItems: 128, description: 'What the model may call: requests over HTTP, and tools of the service by name.' },
)

export type ToolsInput = Static<typeof ToolsBody>

/**
 * Tools as an agent's record has them.
 * @throws AppError invalid_request
 */
export async function toolRecords(
  tools: ToolsInput,
  { loader, egress }: { loader: ToolLoader; egress: EgressPolicy },
): Promise<ToolRecord[]> {
  const builtins = await loader.builtins()
  const names = new Set<string>()
  const records: ToolRecord[] = []
  for (const [index, tool] of tools.entries()) {
    const name = typeof tool === 'string' ? tool : tool.name
    const path = typeof tool === 'string' ? `/tools/${index}` : `/tools/${index}/name`
    if (names.has(name)) throw invalidField(path, `There are two tools called ${name}.`)
    names.add(name)
    if (typeof tool !== 'string') {
      records.push(await httpRecord(tool, `/tools/${index}`, egress))
      continue
    }
    const builtin = isBuiltinTool(tool) ? builtins.get(tool) : undefined
    if (!builtin) throw invalidField(path, `There is no tool ${tool}: it may be one of ${builtinToolNames.join(', ')}.`)
    const { description, schema, effect, timeoutSeconds } = builtin
    records.push({
      name,
      description,
      input_schema: schema.jsonSchema,
      effect,
      timeout_seconds: timeoutSeconds,
      builtin: true,
    })
  }
  return records
}

async function httpRecord(tool: Static<typeof HttpToolBody>, path: string, egress: EgressPolicy): Promise<ToolRecord> {
  const { method = 'GET', url, headers = {}, body = null, select = null } = tool.http
  const http = { method, url, headers, body, select }
  checkUrl(url, `${path}/http/url`, egress)
  if (method === 'GET' && body !== null) throw invalidField(`${path}/http/body`, 'A GET has no body.')
  const schema = await schemaOf(tool.input_schema, `${path}/input_schema`)
  const { properties } = schema
  const known = new Set(typeof properties === 'object' && properties !== null ? Object.keys(properties) : [])
  const missing = fieldsIn(templatesOf(http)).filter(field => !known.has(field))
  if (missing.length > 0) {
    throw invalidField(`${path}/http`, `The input schema has no property ${missing.join(', ')}.`)
  }
  const { approval } = tool
  return {
    name: tool.name,
    description: tool.description,
    input_schema: schema,
    // What changes something is not repeated unless its maker says that it may be.
    effect: tool.effect ?? (method === 'GET' ? 'none' : 'once'),
    timeout_seconds: tool.timeout_seconds ?? 60,
    http,
    ...(approval && {
      approval: {
        form: approval.form ? await schemaOf(approval.form, `${path}/approval/form`) : null,
        deadline_seconds: approval.deadline_seconds === undefined ? 86_400 : approval.deadline_seconds,
        on_deadline: approval.on_deadline ?? 'deny',
        remind_every_seconds: approval.remind_every_seconds ?? null,
        holds_thread: approval.holds_thread ?? false,
      },
    }),
  }
}

/** Whom it asks is fixed: neither a model nor a secret says that. */
function checkUrl(template: string, path: string, egress: EgressPolicy): void {
  const origin = /^https?:\/\/[^/?#{}]+(?=[/?#]|$)/.exec(template)?.[0]
  if (origin === undefined)
    throw invalidField(path, 'It must begin with http:// or https:// and a host without places.')
  const fault = urlFault(origin, egress)
  if (fault !== null) throw invalidField(path, fault)
}

async function schemaOf(schema: { [key: string]: unknown }, path: string): Promise<PlainJsonSchema> {
  try {
    return (await toolSchema(schema)).jsonSchema
  } catch (error) {
    throw invalidField(path, error instanceof Error ? error.message : String(error))
  }
}

/** @throws AppError invalid_request */
export async function checkOutput(schema: PlainJsonSchema): Promise<void> {
  await outputRule(schema).catch((error: unknown) => {
    throw invalidField('/output_schema', error instanceof Error ? error.message : String(error))
  })
}
