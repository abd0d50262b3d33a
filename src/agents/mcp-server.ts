import type { McpServerDefinition, ToolEffect } from './define.ts'

/** An MCP server whose tools an agent has: a program that this process starts, or one that is asked over HTTP. */
export interface McpServer {
  /** Before the names of its tools. */
  name: string
  reach:
    | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string>; cwd: string | undefined }
    /** Headers may hold `{{NAME}}` for a secret. */
    | { kind: 'http'; url: string; headers: Record<string, string> }
  /** Only these, by their names on the server; null: all. */
  tools: readonly string[] | null
  /** Of all its tools, instead of what it says of each. */
  effect: ToolEffect | null
  /** Which of its tools need a person's agreement, by their names on the server. */
  approval: readonly string[] | 'all' | null
  timeoutSeconds: number
}

/** What is stored and shown of one: of code, no values that may be secret. */
export type McpRecord = {
  name: string
  command?: string
  args?: string[]
  /** Names of variables. */
  env?: string[]
  url?: string
  /** Of an agent made over the API, with places for secrets; of code, the names alone. */
  headers?: Record<string, string> | string[]
  tools: string[] | null
  effect: ToolEffect | null
  approval: string[] | 'all' | null
  timeout_seconds: number
}

export const defaultMcpTimeoutSeconds = 60

export function mcpServer(definition: McpServerDefinition): McpServer {
  const { name, command, url, tools, effect, approval, timeoutSeconds } = definition
  return {
    name,
    reach:
      command === undefined
        ? { kind: 'http', url: url ?? '', headers: definition.headers ?? {} }
        : { kind: 'stdio', command, args: definition.args ?? [], env: definition.env ?? {}, cwd: definition.cwd },
    tools: tools ?? null,
    effect: effect ?? null,
    approval: approval === true ? 'all' : (approval ?? null),
    timeoutSeconds: timeoutSeconds ?? defaultMcpTimeoutSeconds,
  }
}

export function mcpRecord({ name, reach, tools, effect, approval, timeoutSeconds }: McpServer): McpRecord {
  return {
    name,
    ...(reach.kind === 'stdio'
      ? { command: reach.command, args: reach.args, env: Object.keys(reach.env) }
      : { url: reach.url, headers: Object.keys(reach.headers) }),
    tools: tools && [...tools],
    effect,
    approval: approval === 'all' ? approval : approval && [...approval],
    timeout_seconds: timeoutSeconds,
  }
}

/** One of an agent made over the API; null where what it needs is code's alone. */
export function recordedMcpServer(record: McpRecord): McpServer | null {
  const { name, url, headers = {}, tools, effect, approval, timeout_seconds: timeoutSeconds } = record
  if (url === undefined || Array.isArray(headers)) return null
  return { name, reach: { kind: 'http', url, headers }, tools, effect, approval, timeoutSeconds }
}
