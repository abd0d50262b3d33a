import { type Static, t } from 'elysia'
import { defaultMcpTimeoutSeconds, type McpRecord } from '../agents/mcp-server.ts'
import { urlFault } from '../egress/guarded-fetch.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import { invalidField } from '../errors.ts'
import { oneOf } from '../http/one-of.ts'

const names = t.Array(t.String({ minLength: 1, maxLength: 128 }), { maxItems: 500 })

/** Over HTTP alone: a program of this machine is started by agent files only. */
export const McpBody = t.Array(
  t.Object(
    {
      name: t.String({ pattern: '^[A-Za-z0-9_-]{1,32}$', description: 'Its tools are called `<name>_<tool>`.' }),
      url: t.String({
        maxLength: 4_000,
        description: 'Of Streamable HTTP.',
        examples: ['https://mcp.example.com/mcp'],
      }),
      headers: t.Optional(
        t.Record(t.String({ maxLength: 100 }), t.String({ maxLength: 4_000 }), {
          maxProperties: 50,
          description: '`{{NAME}}` stands for a secret.',
        }),
      ),
      tools: t.Optional(t.Nullable({ ...names, description: 'Only these, by their names on the server. Null: all.' })),
      effect: t.Optional(
        t.Nullable(
          oneOf(['none', 'idempotent', 'once'], {
            description: 'Of all its tools. Null: as it says of each, and once where it says nothing.',
          }),
        ),
      ),
      approval: t.Optional(
        t.Nullable(t.Union([t.Literal('all'), names], { description: 'Which of its tools a person has to agree to.' })),
      ),
      timeout_seconds: t.Optional(t.Number({ minimum: 0.1, maximum: 3_600, default: defaultMcpTimeoutSeconds })),
    },
    { additionalProperties: false },
  ),
  { maxItems: 32, description: 'MCP servers whose tools it has.' },
)

type McpInput = Static<typeof McpBody>

export const mcpRecords = (servers: McpInput): McpRecord[] =>
  servers.map(({ name, url, headers = {}, tools, effect, approval, timeout_seconds }) => ({
    name,
    url,
    headers,
    tools: tools ?? null,
    effect: effect ?? null,
    approval: approval ?? null,
    timeout_seconds: timeout_seconds ?? defaultMcpTimeoutSeconds,
  }))

/** @throws AppError invalid_request */
export function checkMcp(servers: McpInput, egress: EgressPolicy): void {
  const seen = new Set<string>()
  for (const [index, { name, url }] of servers.entries()) {
    if (seen.has(name)) throw invalidField(`/mcp/${index}/name`, `There are two servers called ${name}.`)
    seen.add(name)
    const fault = urlFault(url, egress)
    if (fault !== null) throw invalidField(`/mcp/${index}/url`, fault)
  }
}
