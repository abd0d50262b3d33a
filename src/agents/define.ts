// What an agent file imports as 'bunkhouse'. Types and two identity functions: nothing here may pull in the service.
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { StandardSchemaV1 } from '@standard-schema/spec'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined }
export type JsonSchema = { [key: string]: unknown }

/** What running a tool twice does to the world: nothing, the same as once, or harm. */
export type ToolEffect = 'none' | 'idempotent' | 'once'

export interface ToolContext {
  runId: string
  threadId: string | null
  toolCallId: string
  /** The same for every try of this call: give it to services that take an idempotency key. */
  idempotencyKey: string
  /** Aborted when the tool's time is up, the run is cancelled or the process must stop. */
  signal: AbortSignal
}

type Input<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : Record<string, unknown>

export interface ToolDefinition<S extends StandardSchemaV1 | JsonSchema = StandardSchemaV1 | JsonSchema> {
  /** 1–64 letters, digits, `_` or `-`. */
  name: string
  description: string
  /** A JSON Schema object, or any Standard Schema (zod, valibot, …) that can be turned into one. */
  input: S
  /** Default `none`. */
  effect?: ToolEffect
  /** Default 60. */
  timeoutSeconds?: number
  /** A method, so that a tool with a narrower input still fits a list of tools. */
  run(input: Input<S>, context: ToolContext): Json | Promise<Json>
}

/** When an agent is run by itself, and on what. Times are ISO; without an offset, of the time zone. */
export interface ScheduleDefinition {
  /** 1–64 letters, digits, `_` or `-`; one of its own within the agent. */
  name: string
  /** Five or six fields, `@daily` and the like, or `@every 90s`. Either this or `at`. */
  cron?: string
  /** The one time to fire. */
  at?: string
  /** Of the tz database. Default `UTC`. */
  timezone?: string
  input: string | { role: 'system' | 'user' | 'assistant'; content: string }[]
  startAt?: string
  endAt?: string
  /** Each occurrence is put off by up to that. Default 0. */
  jitterSeconds?: number
  /** What to make up for after nobody was awake. Default `one`. */
  catchUp?: 'skip' | 'one' | 'all'
  /** Of `all`: how many at most. Default 100. */
  catchUpLimit?: number
  /** Of `one` and `all`: how late at most. */
  catchUpMaxAgeSeconds?: number
  /** While an earlier run is not final. Default `skip`. */
  overlap?: 'allow' | 'skip' | 'queue' | 'cancel_previous'
  threadId?: string
  metadata?: { [key: string]: Json }
  maxAttempts?: number
  timeoutSeconds?: number
}

export interface AgentDefinition {
  /** 1–64 lower-case letters, digits, `_` or `-`; starts with a letter or digit. */
  name: string
  description?: string
  /** `provider/model`, or a model object of the AI SDK. */
  model: string | LanguageModelV4
  instructions?: string
  tools?: ToolDefinition[]
  /** Model calls allowed in one run. Default 16. */
  maxSteps?: number
  temperature?: number
  maxOutputTokens?: number
  schedules?: ScheduleDefinition[]
}

export const defineAgent = (definition: AgentDefinition): AgentDefinition => definition

export const defineTool = <S extends StandardSchemaV1 | JsonSchema>(definition: ToolDefinition<S>): ToolDefinition =>
  // Safe: the input is checked against this very schema before `run` sees it.
  definition as unknown as ToolDefinition
