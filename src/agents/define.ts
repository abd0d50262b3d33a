// What agent and job files import as 'bunkhouse'. Types, identity functions and errors: nothing here may pull in the
// service.
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { BuiltinToolName } from './tools/builtin-names.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined }
export type JsonSchema = { [key: string]: unknown }

/** What running a tool twice does to the world: nothing, the same as once, or harm. */
export type ToolEffect = 'none' | 'idempotent' | 'once'

/** `traceparent` and `tracestate`, to be sent with requests to other services; empty where nothing is traced. */
export type TraceHeaders = { traceparent?: string; tracestate?: string }

export interface ToolContext {
  runId: string
  threadId: string | null
  tenantId: string
  /** Name of the agent. */
  agent: string
  /** Of the run, as its caller gave it. */
  metadata: { readonly [key: string]: Json | undefined }
  /** The namespace of the store in which this run remembers; null where its agent's `memory` has nothing to fill in. */
  memory: string | null
  toolCallId: string
  /** The same for every try of this call: give it to services that take an idempotency key. */
  idempotencyKey: string
  /** Aborted when the tool's time is up, the run is cancelled or the process must stop. */
  signal: AbortSignal
  traceHeaders: TraceHeaders
  /** What the person who approved the call has filled in; null where nothing was asked. */
  answer: Json
  /** Adds a line to the log of the run's job. */
  log(message: string): void
  /** Says how far it is, in JSON of your own: an event of the run that its readers see at once. */
  progress(value: Json): void
  /**
   * Does a part of the call at most once, over all tries of it: what `make` returned is stored under `key`, and is what
   * every later try gets. Where the process died inside `make`, the run waits for a person instead of repeating it.
   */
  once<T extends Json>(key: string, make: () => T | Promise<T>): Promise<T>
}

/** When a person has to agree before a tool runs. */
export interface ApprovalRule<I = Record<string, unknown>> {
  /** Which calls need it. Default: all. A method, so that a tool with a narrower input still fits a list of tools. */
  when?(input: I): boolean | Promise<boolean>
  /** What the person reads. Default: the tool's description. */
  message?(input: I): string
  /** JSON Schema of what the person fills in; the tool gets it as `context.answer`. */
  form?: JsonSchema
  /** Default: a day. */
  deadlineSeconds?: number
  /** What becomes of the call when nobody has decided by then. Default `deny`. */
  onDeadline?: 'approve' | 'deny' | 'fail'
  /** The event `approval.reminded`, each time so long. Default: never. */
  remindEverySeconds?: number
  /** True: later runs of the thread wait for this one meanwhile. Default false. */
  holdsThread?: boolean
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
  /** `true`: a person has to agree to each call. */
  approval?: boolean | ApprovalRule<Input<S>>
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

/**
 * A server of the Model Context Protocol whose tools the agent has: a program that the service starts (`command`), or one
 * that is asked over HTTP (`url`).
 */
export interface McpServerDefinition {
  /** 1–32 letters, digits, `_` or `-`; its tools are called `<name>_<tool>`. */
  name: string
  command?: string
  args?: string[]
  /** Besides the few variables that every program needs. */
  env?: { [name: string]: string }
  cwd?: string
  /** Of Streamable HTTP. */
  url?: string
  /** `{{NAME}}` stands for a secret of `/v1/secrets`. */
  headers?: { [name: string]: string }
  /** Only these, by their names on the server. Default: all. */
  tools?: string[]
  /** Of all its tools. Default: as it says of each; `once` where it says nothing. */
  effect?: ToolEffect
  /** `true`, or the names of those tools that a person has to agree to. */
  approval?: true | string[]
  /** Of one call. Default 60. */
  timeoutSeconds?: number
}

/** Ceilings; what is left out has none. */
export interface RunBudget {
  /** Of input and output together. */
  maxTokens?: number
  /** US dollars. A model whose price is not known is not called then. */
  maxCostUsd?: number
  /** Model calls. */
  maxSteps?: number
  /** Without the time spent waiting for people. */
  maxSeconds?: number
}

/** What of a thread a run is given: the newest messages that fit, and what came before them in short. */
export interface HistoryRule {
  /** Default 200. */
  maxMessages?: number
  /** Estimated at four characters a token. Default: three quarters of what the model takes, where that is known. */
  maxTokens?: number
  /** True: what no longer fits is summed up by the agent's model and kept with the thread. Default: it is left out. */
  summarize?: boolean
}

export interface AgentDefinition {
  /** 1–64 lower-case letters, digits, `_` or `-`; starts with a letter or digit. */
  name: string
  description?: string
  /** `provider/model`, or a model object of the AI SDK. */
  model: string | LanguageModelV4
  /** Models to ask, in this order, where the one before answers nothing. */
  fallbackModels?: string[]
  instructions?: string
  /** Those of the service's own by their names: `now`, `http_fetch`, `ask_human`, `memory_search`, `memory_write`, `schedule_run`. */
  tools?: (ToolDefinition | BuiltinToolName)[]
  mcp?: McpServerDefinition[]
  /** Model calls allowed in one run. Default 16. */
  maxSteps?: number
  temperature?: number
  topP?: number
  maxOutputTokens?: number
  /** Texts at which an answer ends. */
  stop?: string[]
  /** Default `auto`. `required`, or the name of one, holds until a tool of the run has ended. */
  toolChoice?: 'auto' | 'none' | 'required' | { tool: string }
  /** What the answer must fit, as of a tool's input: the output of its runs is JSON then, not text. */
  output?: StandardSchemaV1 | JsonSchema
  /** What each of its runs may take. */
  budget?: RunBudget
  history?: HistoryRule
  /** The namespace of the store for `memory_search` and `memory_write`, such as `users/{metadata.user}`. Default `agents/{agent}`. */
  memory?: string
  /** Names of agents that it may call, by the tool `call_agent`. */
  agents?: string[]
  /** True: providers are asked to keep what prompts have in common, where they do that only when asked. */
  promptCache?: boolean
  schedules?: ScheduleDefinition[]
}

export const defineAgent = (definition: AgentDefinition): AgentDefinition => definition

export const defineTool = <S extends StandardSchemaV1 | JsonSchema>(definition: ToolDefinition<S>): ToolDefinition =>
  // Safe: the input is checked against this very schema before `run` sees it.
  definition as unknown as ToolDefinition

export interface JobContext {
  jobId: string
  /** Number of this try, from 1. */
  attempt: number
  maxAttempts: number
  /** The same for every try of this job: give it to services that take an idempotency key. */
  idempotencyKey: string
  /** Aborted when the job's time is up, it is cancelled, another process has taken it over, or this one must stop. */
  signal: AbortSignal
  traceHeaders: TraceHeaders
  /** Adds a line to the job's log. */
  log(message: string): void
  /** Says how far it is, in JSON of your own; the last one is kept. */
  progress(value: Json): void
}

export interface JobDefinition<S extends StandardSchemaV1 | JsonSchema = StandardSchemaV1 | JsonSchema> {
  /** 1–64 lower-case letters, digits, `_`, `-` or `.`: the kind of its jobs. */
  name: string
  /** The lane its jobs wait in, named like a kind. Default `default`. */
  queue?: string
  /** A JSON Schema object, or any Standard Schema (zod, valibot, …). Checked when a job is made and when it begins. */
  input: S
  /** How often to try, when tries fail. Default 5. */
  maxAttempts?: number
  /** What one try may take. Default: as long as it likes. */
  timeoutSeconds?: number
  /** The pause after a failed try: about `baseSeconds` after the first, doubling up to `capSeconds`. Default 1 and 300. */
  retry?: { baseSeconds?: number; capSeconds?: number }
  /** False: a job that has completed is deleted at once. Default true: it is kept for `JOB_RETENTION_DAYS`. */
  keepCompleted?: boolean
  /**
   * One try. What it returns, JSON or nothing, is the job's result; what it throws is a failed try, but for
   * `NonRetryable`, `RetryLater` and `Snooze`.
   */
  run(input: Input<S>, context: JobContext): unknown
}

export const defineJob = <S extends StandardSchemaV1 | JsonSchema>(definition: JobDefinition<S>): JobDefinition =>
  // Safe: the input is checked against this very schema before `run` sees it.
  definition as unknown as JobDefinition

/** Thrown by a job for what no further try can mend: it is discarded at once. */
export class NonRetryable extends Error {
  override readonly name = 'NonRetryable'
}

/** Thrown by a job whose failed try is to be followed by the next one in so many seconds, instead of after its own pause. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly seconds: number
  readonly pauseKey: boolean

  /** @param options `pauseKey`: no job of the same limit key begins before either, in any process */
  constructor(seconds: number, message = `To be tried again in ${seconds} s.`, options: { pauseKey?: boolean } = {}) {
    super(message)
    this.seconds = seconds
    this.pauseKey = options.pauseKey ?? false
  }
}

/** Thrown by a job that is not to be done yet: it comes again in so many seconds, and this try does not count. */
export class Snooze extends Error {
  override readonly name = 'Snooze'
  readonly seconds: number

  constructor(seconds: number) {
    super(`Not yet; again in ${seconds} s.`)
    this.seconds = seconds
  }
}
