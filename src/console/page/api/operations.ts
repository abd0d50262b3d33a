// Written by `bun run console:api` from the API’s own document. Not by hand.
/* biome-ignore-all format: written by a program */
/* biome-ignore-all lint/style/noExcessiveLinesPerFile: a table of all operations */

export type Agent = { name: string; object: "agent"; source: "builtin" | "file" | "api"; version: number; description: string | null; model: string; instructions: string | null; tools: (Tool)[]; max_steps: number | null; temperature: number | null; max_output_tokens: number | null; top_p?: number | null; stop?: (string)[] | null; tool_choice?: unknown; fallback_models?: (string)[] | null; output_schema?: unknown; mcp?: unknown; budget?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number } | null; history?: { max_messages?: number; max_tokens?: number; summarize?: boolean } | null; memory?: string | null; agents?: (string)[] | null; prompt_cache?: boolean | null; created_at: string; updated_at: string }
export type AgentChange = { description?: string | null; model?: string; instructions?: string | null; max_steps?: number | null; tools?: (string | { name: string; description: string; input_schema: Record<string, unknown>; effect?: "none" | "idempotent" | "once"; timeout_seconds?: number; approval?: { form?: Record<string, unknown> | null; deadline_seconds?: number | null; on_deadline?: "approve" | "deny" | "fail"; remind_every_seconds?: number | null; holds_thread?: boolean } | null; http: { method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; url: string; headers?: Record<string, string>; body?: unknown; select?: string | null } })[]; mcp?: ({ name: string; url: string; headers?: Record<string, string>; tools?: (string)[] | null; effect?: "none" | "idempotent" | "once" | null; approval?: "all" | (string)[] | null; timeout_seconds?: number })[]; temperature?: number | null; max_output_tokens?: number | null; top_p?: number | null; stop?: (string)[] | null; tool_choice?: "auto" | "none" | "required" | { tool: string } | null; fallback_models?: (string)[] | null; output_schema?: Record<string, unknown> | null; budget?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number } | null; history?: { max_messages?: number; max_tokens?: number; summarize?: boolean } | null; memory?: string | null; agents?: (string)[] | null; prompt_cache?: boolean | null }
export type AgentList = { object: "list"; data: (Agent)[]; has_more: boolean; next_cursor: string | null }
export type AgentVersion = { name: string; object: "agent_version"; version: number; description: string | null; model: string; instructions: string | null; tools: (Tool)[]; max_steps: number | null; temperature: number | null; max_output_tokens: number | null; top_p?: number | null; stop?: (string)[] | null; tool_choice?: unknown; fallback_models?: (string)[] | null; output_schema?: unknown; mcp?: unknown; budget?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number } | null; history?: { max_messages?: number; max_tokens?: number; summarize?: boolean } | null; memory?: string | null; agents?: (string)[] | null; prompt_cache?: boolean | null; created_at: string }
export type AgentVersionList = { object: "list"; data: (AgentVersion)[]; has_more: boolean; next_cursor: string | null }
export type Alert = { name: string; severity: "critical" | "warning"; summary: string; subject: string | null; value: number | null; runbook: string }
export type Alerts = { object: "list"; data: (Alert)[] }
export type Approval = { id: string; object: "approval"; kind: "approval" | "in_doubt" | "question" | "client_tool" | "child_run"; state: "pending" | "resolved" | "expired" | "cancelled"; run_id: string; thread_id: string | null; agent: string; step: number; tool_call_id: string; tool: string; input: unknown; message: string; form: unknown | null; decision: unknown | null; resolved_by: string | null; on_deadline: "approve" | "deny" | "fail"; expires_at: string | null; created_at: string; resolved_at: string | null }
export type ApprovalLink = { url: string; expires_at: string }
export type ApprovalList = { object: "list"; data: (Approval)[]; has_more: boolean; next_cursor: string | null }
export type AuditEntry = { seq: number; object: "audit_entry"; at: string; actor: string; action: string; target: { type: string; id: string }; details: unknown; request_id: string | null; address: string | null; previous_hash: string; hash: string }
export type AuditEntryList = { object: "list"; data: (AuditEntry)[]; has_more: boolean; next_cursor: string | null }
export type Backup = { name: string; object: "backup"; bytes: number; made_at: string }
export type BackupJob = { object: "backup_job"; job_id: string }
export type BackupList = { object: "list"; data: (Backup)[]; has_more: boolean; next_cursor: string | null }
export type BlockedKey = { object: "blocked_key"; order_key: string; reason: "discarded" | "retrying"; job_id: string; blocked_at: string | null; next_attempt_at: string | null; error: string | null; jobs_behind: number }
export type BlockedKeyList = { object: "list"; data: (BlockedKey)[]; has_more: boolean; next_cursor: string | null }
export type Budget = { id: string; object: "budget"; scope: "tenant" | "agent" | "key" | "thread" | "schedule"; subject: string | null; period: "total" | "day" | "month"; timezone: string; limits: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number }; current: { period: string; spent: { tokens: number; cost_usd: number; steps: number; seconds: number }; reserved: { tokens: number; cost_usd: number; steps: number } | null }; created_at: string; updated_at: string }
export type BudgetChange = { limits?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number }; timezone?: string }
export type BudgetList = { object: "list"; data: (Budget)[]; has_more: boolean; next_cursor: string | null }
export type CreatedJob = { job: { id: string; state: "waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded" }; created: boolean; ref?: string }
export type CreatedJobs = { object: "list"; data: (CreatedJob)[] }
export type CreatedKey = { id: string; object: "key"; name: string; prefix: string; scopes: (string)[]; agents: (string)[] | null; rate_limit: number | null; state: "live" | "expired" | "revoked"; created_at: string; expires_at: string | null; revoked_at: string | null; last_used_at: string | null; key: string }
export type CreatedTenant = { id: string; object: "tenant"; name: string; rate_limit: number | null; created_at: string; archived_at: string | null; admin_key: { id: string; key: string } }
export type Decision = { action: "approve" | "deny" | "fail" | "done" | "run_again"; input?: unknown; answer?: unknown; output?: unknown; reason?: string }
export type Delivery = { id: string; object: "delivery"; webhook_id: string | null; run_id: string | null; message_id: string; event: string; url: string; state: "pending" | "delivered" | "failed"; attempts: number; last_error: string | null; next_attempt_at: string | null; created_at: string; finished_at: string | null }
export type DeliveryList = { object: "list"; data: (Delivery)[]; has_more: boolean; next_cursor: string | null }
export type DeliveryWithTries = { id: string; object: "delivery"; webhook_id: string | null; run_id: string | null; message_id: string; event: string; url: string; state: "pending" | "delivered" | "failed"; attempts: number; last_error: string | null; next_attempt_at: string | null; created_at: string; finished_at: string | null; tries: (Try)[] }
export type Event = { run_id: string; seq: number; type: string; data: unknown; created_at: string }
export type EventList = { object: "list"; data: (Event)[]; has_more: boolean; next_cursor: string | null }
export type File = { id: string; object: "file"; name: string; media_type: string; bytes: number; created_at: string; expires_at: string | null }
export type FileList = { object: "list"; data: (File)[]; has_more: boolean; next_cursor: string | null }
export type Finding = { level: "ok" | "note" | "warn" | "fail"; area: string; text: string; advice?: string }
export type Findings = { object: "findings"; ok: boolean; findings: (Finding)[] }
export type Fire = { fire_at: string; due_at: string | null; local_time: string }
export type FoundItems = { object: "list"; data: ({ object: "item"; namespace: string; key: string; value: unknown; created_at: string; updated_at: string; expires_at: string | null; score: number })[] }
export type ImportedTools = { tools: (unknown)[]; left_out: ({ operation: string; reason: string })[] }
export type Item = { object: "item"; namespace: string; key: string; value: unknown; created_at: string; updated_at: string; expires_at: string | null }
export type ItemList = { object: "list"; data: (Item)[]; has_more: boolean; next_cursor: string | null }
export type ItemSearch = { query: string; namespace?: string; limit?: number }
export type Job = { id: string; object: "job"; queue: string; kind: string; state: "waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded"; priority: number; payload: unknown; result: unknown; progress: unknown; attempt: number; max_attempts: number; errors: (JobError)[]; redrives: (Redrive)[]; order_key: string | null; limit_key: string | null; depends_on: (string)[]; waits_for: number; run_at: string; timeout_seconds: number | null; worker: string | null; cancel_requested_at: string | null; created_at: string; started_at: string | null; finished_at: string | null }
export type JobError = { attempt: number; at: string; message: string }
export type JobList = { object: "list"; data: (Job)[]; has_more: boolean; next_cursor: string | null }
export type JobLogLine = { job_id: string; attempt: number; line: number; message: string; created_at: string }
export type JobLogLineList = { object: "list"; data: (JobLogLine)[]; has_more: boolean; next_cursor: string | null }
export type Key = { id: string; object: "key"; name: string; prefix: string; scopes: (string)[]; agents: (string)[] | null; rate_limit: number | null; state: "live" | "expired" | "revoked"; created_at: string; expires_at: string | null; revoked_at: string | null; last_used_at: string | null }
export type KeyChange = { name?: string; agents?: (string)[] | null; rate_limit?: number | null; expires_at?: string | null }
export type KeyList = { object: "list"; data: (Key)[]; has_more: boolean; next_cursor: string | null }
export type LogLine = { n: number; line: Record<string, unknown> }
export type LogLines = { object: "list"; process_id: string; data: (LogLine)[] }
export type Message = { id: string; object: "message"; thread_id: string; position: number; run_id: string | null; role: string; content: unknown; created_at: string }
export type MessageList = { object: "list"; data: (Message)[]; has_more: boolean; next_cursor: string | null }
export type Namespace = string
export type NamespaceList = { object: "list"; data: (Namespace)[]; has_more: boolean; next_cursor: string | null }
export type NewAgent = { name: string; description?: string | null; model: string; instructions?: string | null; max_steps?: number | null; tools?: (string | { name: string; description: string; input_schema: Record<string, unknown>; effect?: "none" | "idempotent" | "once"; timeout_seconds?: number; approval?: { form?: Record<string, unknown> | null; deadline_seconds?: number | null; on_deadline?: "approve" | "deny" | "fail"; remind_every_seconds?: number | null; holds_thread?: boolean } | null; http: { method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; url: string; headers?: Record<string, string>; body?: unknown; select?: string | null } })[]; mcp?: ({ name: string; url: string; headers?: Record<string, string>; tools?: (string)[] | null; effect?: "none" | "idempotent" | "once" | null; approval?: "all" | (string)[] | null; timeout_seconds?: number })[]; temperature?: number | null; max_output_tokens?: number | null; top_p?: number | null; stop?: (string)[] | null; tool_choice?: "auto" | "none" | "required" | { tool: string } | null; fallback_models?: (string)[] | null; output_schema?: Record<string, unknown> | null; budget?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number } | null; history?: { max_messages?: number; max_tokens?: number; summarize?: boolean } | null; memory?: string | null; agents?: (string)[] | null; prompt_cache?: boolean | null }
export type NewBudget = { scope: "tenant" | "agent" | "key" | "thread" | "schedule"; subject?: string; period?: "total" | "day" | "month"; limits: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number }; timezone?: string }
export type NewItem = { namespace: string; key: string; value: unknown; ttl_seconds?: number }
export type NewJob = { kind: string; payload?: unknown; queue?: string; priority?: number; delay_seconds?: number; max_attempts?: number; timeout_seconds?: number; order?: { key: string; on_failure?: "continue" | "block" }; limit_key?: string; unique?: { key: string; states?: ("waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded")[]; for_seconds?: number }; debounce?: { key: string; seconds: number; max_seconds?: number }; throttle?: { key: string; seconds: number }; ref?: string; depends_on?: (string)[]; run_after_failure?: boolean }
export type NewJobs = { kind?: string; payload?: unknown; queue?: string; priority?: number; delay_seconds?: number; max_attempts?: number; timeout_seconds?: number; order?: { key: string; on_failure?: "continue" | "block" }; limit_key?: string; unique?: { key: string; states?: ("waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded")[]; for_seconds?: number }; debounce?: { key: string; seconds: number; max_seconds?: number }; throttle?: { key: string; seconds: number }; ref?: string; depends_on?: (string)[]; run_after_failure?: boolean; jobs?: (NewJob)[] }
export type NewKey = { name: string; scopes: ("admin" | "runs:read" | "runs:write" | "approvals:read" | "approvals:write" | "secrets:read" | "secrets:write" | "threads:read" | "threads:write" | "agents:read" | "agents:write" | "schedules:read" | "schedules:write" | "jobs:read" | "jobs:write" | "queues:read" | "queues:write" | "budgets:read" | "budgets:write" | "usage:read" | "store:read" | "store:write" | "files:read" | "files:write" | "webhooks:read" | "webhooks:write" | "keys:read" | "keys:write" | "audit:read" | "metrics:read" | "system:read" | "system:write" | "backups:read" | "backups:write" | "tenants:read" | "tenants:write")[]; agents?: (string)[] | null; rate_limit?: number | null; expires_at?: string | null }
export type NewKeyPause = { key: string; seconds: number }
export type NewLink = { expires_in_seconds?: number }
export type NewMessage = { role: "system" | "user" | "assistant"; content: string | ({ type: "text"; text: string } | { type: "file"; file_id: string } | { type: "file"; media_type: string; data: string; name?: string } | { type: "file"; media_type: string; url: string })[] }
export type NewPreview = { cron?: string | null; at?: string | null; timezone?: string | null; start_at?: string | null; end_at?: string | null; count?: number; after?: string | null }
export type NewRate = { limit: number; period_seconds: number }
export type NewRetry = { queue?: string; kind?: string; limit?: number; ids?: (string)[] }
export type NewRun = { agent: string; input: string | (NewMessage)[]; thread_id?: string; metadata?: Record<string, unknown>; webhook?: string | { url: string; events?: ("run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled")[]; secret?: string }; delay_seconds?: number; timeout_seconds?: number; max_attempts?: number; tools?: ({ name: string; description: string; input_schema: Record<string, unknown> })[]; output_schema?: Record<string, unknown>; budget?: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number }; settings?: { instructions?: string; temperature?: number; top_p?: number; max_output_tokens?: number; stop?: (string)[]; tool_choice?: "auto" | "none" | "required" | { tool: string } }; on_busy?: "enqueue" | "reject" | "interrupt" }
export type NewSchedule = { agent: string; input: string | (NewMessage)[]; name?: string | null; thread_id?: string | null; metadata?: Record<string, unknown> | null; cron?: string | null; at?: string | null; timezone?: string | null; start_at?: string | null; end_at?: string | null; jitter_seconds?: number | null; catch_up?: "skip" | "one" | "all" | null; catch_up_limit?: number | null; catch_up_max_age_seconds?: number | null; overlap?: "allow" | "skip" | "queue" | "cancel_previous" | null; max_attempts?: number | null; timeout_seconds?: number | null; enabled?: boolean }
export type NewSecret = { value: string }
export type NewTenant = { id: string; name?: string; rate_limit?: number | null }
export type NewThread = { metadata?: Record<string, unknown>; ttl_seconds?: number }
export type NewWebhook = { name?: string; url: string; events?: ("*" | "run.*" | "approval.*" | "budget.*" | "schedule.*" | "webhook.*" | "run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled" | "approval.requested" | "approval.reminded" | "approval.resolved" | "budget.warning" | "budget.exceeded" | "schedule.fired" | "schedule.skipped" | "schedule.missed" | "schedule.failed" | "webhook.disabled")[]; agents?: (string)[] | null; secret?: string; enabled?: boolean }
export type Occurrence = { schedule_id: string; object: "occurrence"; fire_at: string; origin: "rule" | "trigger"; outcome: "fired" | "skipped" | "missed" | "failed"; detail: string | null; run_id: string | null; run_status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | null; created_at: string }
export type OccurrenceList = { object: "list"; data: (Occurrence)[]; has_more: boolean; next_cursor: string | null }
export type OpenapiImport = { document?: unknown; url?: string; operations?: (string)[]; server?: string; headers?: Record<string, string> }
export type OutdatedRuns = { tenant_id: string; agent: string; agent_version: number; current_version: number; runs: number }
export type PausedKey = { object: "paused_key"; queue: string; key: string; paused_until: string }
export type Preview = { object: "list"; data: (Fire)[] }
export type Process = { id: string; host: string; pid: number; version: string; roles: (string)[]; state: "starting" | "ready" | "draining" | "stopped" | "failed" | "gone"; started_at: string; seen_at: string }
export type Queue = { object: "queue"; name: string; paused: boolean; paused_at: string | null; limits: QueueLimits; counts: QueueCounts; capped: ("waiting" | "scheduled" | "available" | "running" | "discarded")[]; oldest_available_at: string | null }
export type QueueChange = { concurrency?: number | null; key_concurrency?: number | null; rate?: NewRate | null; key_rate?: NewRate | null; depth?: number | null }
export type QueueCounts = { waiting: number; scheduled: number; available: number; running: number; discarded: number }
export type QueueLimits = { concurrency: number | null; key_concurrency: number | null; rate: Rate | null; key_rate: Rate | null; depth: number | null }
export type QueueList = { object: "list"; data: (Queue)[]; has_more: boolean; next_cursor: string | null }
export type Rate = { limit: number; period_seconds: number }
export type Redrive = { at: string; state: "waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded"; attempt: number; by: string | null }
export type Replay = { since: string; until?: string; webhook_id?: string; event?: "run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled" | "approval.requested" | "approval.reminded" | "approval.resolved" | "budget.warning" | "budget.exceeded" | "schedule.fired" | "schedule.skipped" | "schedule.missed" | "schedule.failed" | "webhook.disabled" | "ping"; limit?: number }
export type Replayed = { object: "replayed"; count: number; has_more: boolean }
export type Retried = { retried: number; ids: (string)[]; refused: ({ id: string; reason: string })[] }
export type Rollback = { version: number }
export type Run = { id: string; object: "run"; agent: string; agent_version: number; thread_id: string | null; status: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled"; input: unknown; output: unknown; error: { code: string; message: string } | null; usage: Usage; tool_calls: ({ step: number; tool_call_id: string; name: string; input: unknown })[] | null; attempt: number; metadata: unknown; parent_run_id?: string; created_at: string; started_at: string | null; finished_at: string | null }
export type RunList = { object: "list"; data: (Run)[]; has_more: boolean; next_cursor: string | null; looked_to: string | null }
export type Schedule = { id: string; object: "schedule"; name: string | null; source: "file" | "api"; status: "active" | "paused" | "ended" | "removed"; agent: string; input: unknown; thread_id: string | null; metadata: unknown; cron: string | null; at: string | null; timezone: string; start_at: string | null; end_at: string | null; jitter_seconds: number; catch_up: "skip" | "one" | "all"; catch_up_limit: number; catch_up_max_age_seconds: number | null; overlap: "allow" | "skip" | "queue" | "cancel_previous"; max_attempts: number; timeout_seconds: number | null; next_fire_at: string | null; last_fire_at: string | null; created_at: string; updated_at: string }
export type ScheduleChange = { agent?: string; input?: string | (NewMessage)[]; name?: string | null; thread_id?: string | null; metadata?: Record<string, unknown> | null; cron?: string | null; at?: string | null; timezone?: string | null; start_at?: string | null; end_at?: string | null; jitter_seconds?: number | null; catch_up?: "skip" | "one" | "all" | null; catch_up_limit?: number | null; catch_up_max_age_seconds?: number | null; overlap?: "allow" | "skip" | "queue" | "cancel_previous" | null; max_attempts?: number | null; timeout_seconds?: number | null; enabled?: boolean }
export type ScheduleList = { object: "list"; data: (Schedule)[]; has_more: boolean; next_cursor: string | null }
export type SchedulerNext = { object: "scheduler_next"; awake_at: string | null; in_seconds: number | null; reason: "work" | "job" | "schedule" | null }
export type SchedulerTick = { object: "scheduler_tick"; fired: number; skipped: number; missed: number; failed: number; runs: { completed: number; failed: number; cancelled: number; unfinished: number }; next: SchedulerNext }
export type Secret = { name: string; object: "secret"; created_at: string; updated_at: string }
export type SecretList = { object: "list"; data: (Secret)[]; has_more: boolean; next_cursor: string | null }
export type SecretRotation = { secret?: string; overlap_seconds?: number }
export type Settings = { object: "settings"; log_level: { value: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent"; configured: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent"; changed_at: string | null; changed_by: string | null }; access_log_sample: { value: number; configured: number; changed_at: string | null; changed_by: string | null } }
export type SettingsChange = { log_level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent" | null; access_log_sample?: number | null }
export type System = { object: "system"; version: string; environment: string; process_id: string; state: "starting" | "ready" | "draining" | "stopped" | "failed"; roles: (string)[]; started_at: string; uptime_seconds: number; database: { dialect: "sqlite" | "postgres"; size_bytes: number }; processes: (Process)[]; outdated_runs: (OutdatedRuns)[]; settings: Settings }
export type Tenant = { id: string; object: "tenant"; name: string; rate_limit: number | null; created_at: string; archived_at: string | null }
export type TenantChange = { name?: string; rate_limit?: number | null; archived?: boolean }
export type TenantList = { object: "list"; data: (Tenant)[]; has_more: boolean; next_cursor: string | null }
export type Thread = { id: string; object: "thread"; metadata: unknown; created_at: string; updated_at: string; expires_at: string | null; summary: { content: string; position: number } | null }
export type ThreadChange = { metadata?: Record<string, unknown>; ttl_seconds?: number | null }
export type ThreadList = { object: "list"; data: (Thread)[]; has_more: boolean; next_cursor: string | null }
export type Tool = { name: string; description: string; input_schema: unknown; effect: string; timeout_seconds: number; builtin?: true; http?: unknown; approval?: unknown }
export type ToolResults = { results: ({ tool_call_id: string; output: unknown; is_error?: boolean })[] }
export type Try = { at: string; status: number | null; duration_ms: number; error: string | null; answer: string | null }
export type Usage = { input_tokens: number; output_tokens: number; total_tokens: number; cost_usd: number | null }
export type UsageSum = { object: "usage"; day: string | null; agent: string | null; model: string | null; key: string | null; runs: number | null; failed_runs: number | null; model_calls: number; input_tokens: number; output_tokens: number; total_tokens: number; cost_usd: number; unpriced_calls: number }
export type UsageSumList = { object: "list"; data: (UsageSum)[]; has_more: boolean; next_cursor: string | null }
export type Webhook = { id: string; object: "webhook"; name: string; url: string; events: (string)[]; agents: (string)[] | null; state: "enabled" | "disabled"; disabled_reason: string | null; failing_since: string | null; previous_secret_until: string | null; created_at: string; updated_at: string }
export type WebhookChange = { name?: string; url?: string; events?: ("*" | "run.*" | "approval.*" | "budget.*" | "schedule.*" | "webhook.*" | "run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled" | "approval.requested" | "approval.reminded" | "approval.resolved" | "budget.warning" | "budget.exceeded" | "schedule.fired" | "schedule.skipped" | "schedule.missed" | "schedule.failed" | "webhook.disabled")[]; agents?: (string)[] | null; enabled?: boolean }
export type WebhookList = { object: "list"; data: (Webhook)[]; has_more: boolean; next_cursor: string | null }
export type WebhookWithSecret = { id: string; object: "webhook"; name: string; url: string; events: (string)[]; agents: (string)[] | null; state: "enabled" | "disabled"; disabled_reason: string | null; failing_since: string | null; previous_secret_until: string | null; created_at: string; updated_at: string; secret: string }

export interface Operations {
  uploadFile: { given: { query?: { name?: string; ttl_seconds?: number } }; answer: File }
  listFiles: { given: { query?: { limit?: number; cursor?: string } }; answer: FileList }
  getFile: { given: { path: { id: string } }; answer: File }
  deleteFile: { given: { path: { id: string } }; answer: undefined }
  readFile: { given: { path: { id: string } }; answer: undefined }
  readSystem: { given: object; answer: System }
  examineSystem: { given: object; answer: Findings }
  readSettings: { given: object; answer: Settings }
  changeSettings: { given: { body: SettingsChange }; answer: Settings }
  listAlerts: { given: object; answer: Alerts }
  readLogs: { given: { query?: { level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal"; contains?: string; after?: number; limit?: number } }; answer: LogLines }
  streamLogs: { given: { query?: { level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal"; contains?: string; after?: number } }; answer: undefined }
  createRun: { given: { body: NewRun }; answer: Run }
  listRuns: { given: { query?: { limit?: number; cursor?: string; order?: "desc" | "asc"; id?: string; status?: "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled"; agent?: string; thread_id?: string; created_after?: string; created_before?: string; error_code?: string; metadata?: string; contains?: string } }; answer: RunList }
  createRunAndWait: { given: { query?: { timeout_seconds?: number }; body: NewRun }; answer: Run }
  createRunAndStream: { given: { body: NewRun }; answer: undefined }
  readRun: { given: { path: { id: string } }; answer: Run }
  deleteRun: { given: { path: { id: string } }; answer: undefined }
  waitForRun: { given: { path: { id: string }; query?: { timeout_seconds?: number } }; answer: Run }
  streamRun: { given: { path: { id: string }; query?: { after?: number } }; answer: undefined }
  listEvents: { given: { path: { id: string }; query?: { limit?: number; after?: number } }; answer: EventList }
  cancelRun: { given: { path: { id: string } }; answer: Run }
  returnToolResults: { given: { path: { id: string }; body: ToolResults }; answer: Run }
  createThread: { given: { body: NewThread }; answer: Thread }
  listThreads: { given: { query?: { limit?: number; cursor?: string } }; answer: ThreadList }
  readThread: { given: { path: { id: string } }; answer: Thread }
  updateThread: { given: { path: { id: string }; body: ThreadChange }; answer: Thread }
  deleteThread: { given: { path: { id: string } }; answer: undefined }
  listMessages: { given: { path: { id: string }; query?: { limit?: number; cursor?: string } }; answer: MessageList }
  createMessage: { given: { path: { id: string }; body: NewMessage }; answer: Message }
  createAgent: { given: { body: NewAgent }; answer: Agent }
  listAgents: { given: { query?: { limit?: number; cursor?: string } }; answer: AgentList }
  readAgent: { given: { path: { name: string } }; answer: Agent }
  updateAgent: { given: { path: { name: string }; body: AgentChange }; answer: Agent }
  deleteAgent: { given: { path: { name: string } }; answer: undefined }
  listVersions: { given: { path: { name: string }; query?: { limit?: number; cursor?: string } }; answer: AgentVersionList }
  rollBackAgent: { given: { path: { name: string }; body: Rollback }; answer: Agent }
  listApprovals: { given: { query?: { limit?: number; cursor?: string; state?: "pending" | "resolved" | "expired" | "cancelled"; kind?: "approval" | "in_doubt" | "question" | "client_tool" | "child_run"; agent?: string; run_id?: string; thread_id?: string } }; answer: ApprovalList }
  createApprovalLink: { given: { path: { id: string }; body: NewLink | null }; answer: ApprovalLink }
  countApprovals: { given: { query?: { state?: "pending" | "resolved" | "expired" | "cancelled"; kind?: "approval" | "in_doubt" | "question" | "client_tool" | "child_run"; agent?: string; run_id?: string; thread_id?: string } }; answer: { count: number } }
  readApproval: { given: { path: { id: string } }; answer: Approval }
  resolveApproval: { given: { path: { id: string }; body: Decision }; answer: Approval }
  listSecrets: { given: { query?: { limit?: number; cursor?: string } }; answer: SecretList }
  putSecret: { given: { path: { name: string }; body: NewSecret }; answer: Secret }
  deleteSecret: { given: { path: { name: string } }; answer: undefined }
  importTools: { given: { body: OpenapiImport }; answer: ImportedTools }
  listBudgets: { given: { query?: { limit?: number; cursor?: string } }; answer: BudgetList }
  createBudget: { given: { body: NewBudget }; answer: Budget }
  getBudget: { given: { path: { id: string } }; answer: Budget }
  changeBudget: { given: { path: { id: string }; body: BudgetChange }; answer: Budget }
  deleteBudget: { given: { path: { id: string } }; answer: undefined }
  readUsage: { given: { query?: { group_by?: string; from?: string; to?: string; agent?: string; model?: string; key?: string; limit?: number; cursor?: string } }; answer: UsageSumList }
  downloadUsage: { given: { query?: { group_by?: string; from?: string; to?: string; agent?: string; model?: string; key?: string } }; answer: undefined }
  listItems: { given: { query?: { namespace?: string; limit?: number; cursor?: string } }; answer: ItemList }
  listNamespaces: { given: { query?: { namespace?: string; limit?: number; cursor?: string } }; answer: NamespaceList }
  getItem: { given: { query: { namespace: string; key: string } }; answer: Item }
  putItem: { given: { body: NewItem }; answer: Item }
  deleteItem: { given: { query: { namespace: string; key: string } }; answer: undefined }
  searchItems: { given: { body: ItemSearch }; answer: FoundItems }
  createJobs: { given: { body: NewJobs }; answer: CreatedJob | CreatedJobs }
  listJobs: { given: { query?: { limit?: number; cursor?: string; queue?: string; kind?: string; state?: "waiting" | "scheduled" | "available" | "running" | "completed" | "cancelled" | "discarded"; order_key?: string } }; answer: JobList }
  retryJobs: { given: { body: NewRetry }; answer: Retried }
  readJob: { given: { path: { id: string } }; answer: Job }
  listJobLogs: { given: { path: { id: string }; query?: { limit?: number; after?: string } }; answer: JobLogLineList }
  retryJob: { given: { path: { id: string } }; answer: Job }
  cancelJob: { given: { path: { id: string } }; answer: Job }
  listQueues: { given: { query?: { limit?: number; cursor?: string } }; answer: QueueList }
  readQueue: { given: { path: { name: string } }; answer: Queue }
  limitQueue: { given: { path: { name: string }; body: QueueChange }; answer: Queue }
  pauseQueue: { given: { path: { name: string } }; answer: Queue }
  resumeQueue: { given: { path: { name: string } }; answer: Queue }
  listBlockedKeys: { given: { path: { name: string }; query?: { limit?: number; cursor?: string } }; answer: BlockedKeyList }
  pauseLimitKey: { given: { path: { name: string }; body: NewKeyPause }; answer: PausedKey }
  createSchedule: { given: { body: NewSchedule }; answer: Schedule }
  listSchedules: { given: { query?: { limit?: number; cursor?: string; agent?: string; source?: "file" | "api"; status?: "active" | "paused" | "ended" | "removed" } }; answer: ScheduleList }
  previewRule: { given: { body: NewPreview }; answer: Preview }
  readSchedule: { given: { path: { id: string } }; answer: Schedule }
  updateSchedule: { given: { path: { id: string }; body: ScheduleChange }; answer: Schedule }
  deleteSchedule: { given: { path: { id: string } }; answer: undefined }
  pauseSchedule: { given: { path: { id: string } }; answer: Schedule }
  resumeSchedule: { given: { path: { id: string } }; answer: Schedule }
  triggerSchedule: { given: { path: { id: string } }; answer: Occurrence }
  previewSchedule: { given: { path: { id: string }; query?: { count?: number } }; answer: Preview }
  listOccurrences: { given: { path: { id: string }; query?: { limit?: number; cursor?: string; outcome?: "fired" | "skipped" | "missed" | "failed" } }; answer: OccurrenceList }
  readNextAwake: { given: object; answer: SchedulerNext }
  tick: { given: { query?: { wait_seconds?: number } }; answer: SchedulerTick }
  createWebhook: { given: { body: NewWebhook }; answer: WebhookWithSecret }
  listWebhooks: { given: { query?: { limit?: number; cursor?: string } }; answer: WebhookList }
  readWebhook: { given: { path: { id: string } }; answer: Webhook }
  changeWebhook: { given: { path: { id: string }; body: WebhookChange }; answer: Webhook }
  deleteWebhook: { given: { path: { id: string } }; answer: undefined }
  rotateWebhookSecret: { given: { path: { id: string }; body: SecretRotation }; answer: WebhookWithSecret }
  testWebhook: { given: { path: { id: string } }; answer: Delivery }
  listDeliveriesOfWebhook: { given: { path: { id: string }; query?: { limit?: number; cursor?: string; state?: "pending" | "delivered" | "failed"; event?: "run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled" | "approval.requested" | "approval.reminded" | "approval.resolved" | "budget.warning" | "budget.exceeded" | "schedule.fired" | "schedule.skipped" | "schedule.missed" | "schedule.failed" | "webhook.disabled" | "ping"; run_id?: string } }; answer: DeliveryList }
  listDeliveries: { given: { query?: { limit?: number; cursor?: string; state?: "pending" | "delivered" | "failed"; event?: "run.queued" | "run.started" | "run.waiting" | "run.retrying" | "run.completed" | "run.failed" | "run.cancelled" | "approval.requested" | "approval.reminded" | "approval.resolved" | "budget.warning" | "budget.exceeded" | "schedule.fired" | "schedule.skipped" | "schedule.missed" | "schedule.failed" | "webhook.disabled" | "ping"; run_id?: string; webhook_id?: string } }; answer: DeliveryList }
  readDelivery: { given: { path: { id: string } }; answer: DeliveryWithTries }
  replayDelivery: { given: { path: { id: string } }; answer: Delivery }
  replayDeliveries: { given: { body: Replay }; answer: Replayed }
  createKey: { given: { body: NewKey }; answer: CreatedKey }
  listKeys: { given: { query?: { limit?: number; cursor?: string } }; answer: KeyList }
  readKey: { given: { path: { id: string } }; answer: Key }
  changeKey: { given: { path: { id: string }; body: KeyChange }; answer: Key }
  revokeKey: { given: { path: { id: string } }; answer: undefined }
  createTenant: { given: { body: NewTenant }; answer: CreatedTenant }
  listTenants: { given: { query?: { limit?: number; cursor?: string } }; answer: TenantList }
  readTenant: { given: { path: { id: string } }; answer: Tenant }
  changeTenant: { given: { path: { id: string }; body: TenantChange }; answer: Tenant }
  listAudit: { given: { query?: { limit?: number; cursor?: string; actor?: string; action?: "key.created" | "key.changed" | "key.revoked" | "tenant.created" | "tenant.changed" | "tenant.archived" | "agent.saved" | "agent.rolled_back" | "agent.archived" | "schedule.created" | "schedule.changed" | "schedule.deleted" | "schedule.paused" | "schedule.resumed" | "schedule.triggered" | "queue.changed" | "queue.paused" | "queue.resumed" | "queue.key_paused" | "job.cancelled" | "job.retried" | "run.cancelled" | "run.deleted" | "thread.deleted" | "message.deleted" | "approval.resolved" | "approval.link_made" | "file.deleted" | "budget.created" | "budget.changed" | "budget.deleted" | "secret.put" | "secret.deleted" | "webhook.created" | "webhook.changed" | "webhook.deleted" | "webhook.disabled" | "webhook.secret_rotated" | "delivery.replayed" | "setting.changed" | "backup.requested" | "backup.made" | "backup.downloaded" | "backup.deleted" | "backup.restored"; target?: string; after?: string; before?: string } }; answer: AuditEntryList }
  listBackups: { given: { query?: { limit?: number; cursor?: string } }; answer: BackupList }
  createBackup: { given: object; answer: BackupJob }
  downloadBackup: { given: { path: { name: string } }; answer: undefined }
  deleteBackup: { given: { path: { name: string } }; answer: undefined }
}

export const places: { readonly [Id in keyof Operations]: readonly [method: string, path: string] } = {
  uploadFile: ['POST', '/v1/files'],
  listFiles: ['GET', '/v1/files'],
  getFile: ['GET', '/v1/files/{id}'],
  deleteFile: ['DELETE', '/v1/files/{id}'],
  readFile: ['GET', '/v1/files/{id}/content'],
  readSystem: ['GET', '/v1/system'],
  examineSystem: ['POST', '/v1/system/doctor'],
  readSettings: ['GET', '/v1/system/settings'],
  changeSettings: ['PATCH', '/v1/system/settings'],
  listAlerts: ['GET', '/v1/system/alerts'],
  readLogs: ['GET', '/v1/system/logs'],
  streamLogs: ['GET', '/v1/system/logs/stream'],
  createRun: ['POST', '/v1/runs'],
  listRuns: ['GET', '/v1/runs'],
  createRunAndWait: ['POST', '/v1/runs/wait'],
  createRunAndStream: ['POST', '/v1/runs/stream'],
  readRun: ['GET', '/v1/runs/{id}'],
  deleteRun: ['DELETE', '/v1/runs/{id}'],
  waitForRun: ['GET', '/v1/runs/{id}/wait'],
  streamRun: ['GET', '/v1/runs/{id}/stream'],
  listEvents: ['GET', '/v1/runs/{id}/events'],
  cancelRun: ['POST', '/v1/runs/{id}/cancel'],
  returnToolResults: ['POST', '/v1/runs/{id}/tool-results'],
  createThread: ['POST', '/v1/threads'],
  listThreads: ['GET', '/v1/threads'],
  readThread: ['GET', '/v1/threads/{id}'],
  updateThread: ['PATCH', '/v1/threads/{id}'],
  deleteThread: ['DELETE', '/v1/threads/{id}'],
  listMessages: ['GET', '/v1/threads/{id}/messages'],
  createMessage: ['POST', '/v1/threads/{id}/messages'],
  createAgent: ['POST', '/v1/agents'],
  listAgents: ['GET', '/v1/agents'],
  readAgent: ['GET', '/v1/agents/{name}'],
  updateAgent: ['PATCH', '/v1/agents/{name}'],
  deleteAgent: ['DELETE', '/v1/agents/{name}'],
  listVersions: ['GET', '/v1/agents/{name}/versions'],
  rollBackAgent: ['POST', '/v1/agents/{name}/rollback'],
  listApprovals: ['GET', '/v1/approvals'],
  createApprovalLink: ['POST', '/v1/approvals/{id}/links'],
  countApprovals: ['GET', '/v1/approvals/count'],
  readApproval: ['GET', '/v1/approvals/{id}'],
  resolveApproval: ['POST', '/v1/approvals/{id}/resolve'],
  listSecrets: ['GET', '/v1/secrets'],
  putSecret: ['PUT', '/v1/secrets/{name}'],
  deleteSecret: ['DELETE', '/v1/secrets/{name}'],
  importTools: ['POST', '/v1/tools/openapi'],
  listBudgets: ['GET', '/v1/budgets'],
  createBudget: ['POST', '/v1/budgets'],
  getBudget: ['GET', '/v1/budgets/{id}'],
  changeBudget: ['PATCH', '/v1/budgets/{id}'],
  deleteBudget: ['DELETE', '/v1/budgets/{id}'],
  readUsage: ['GET', '/v1/usage'],
  downloadUsage: ['GET', '/v1/usage/csv'],
  listItems: ['GET', '/v1/store'],
  listNamespaces: ['GET', '/v1/store/namespaces'],
  getItem: ['GET', '/v1/store/item'],
  putItem: ['PUT', '/v1/store/item'],
  deleteItem: ['DELETE', '/v1/store/item'],
  searchItems: ['POST', '/v1/store/search'],
  createJobs: ['POST', '/v1/jobs'],
  listJobs: ['GET', '/v1/jobs'],
  retryJobs: ['POST', '/v1/jobs/retry'],
  readJob: ['GET', '/v1/jobs/{id}'],
  listJobLogs: ['GET', '/v1/jobs/{id}/logs'],
  retryJob: ['POST', '/v1/jobs/{id}/retry'],
  cancelJob: ['POST', '/v1/jobs/{id}/cancel'],
  listQueues: ['GET', '/v1/queues'],
  readQueue: ['GET', '/v1/queues/{name}'],
  limitQueue: ['PATCH', '/v1/queues/{name}'],
  pauseQueue: ['POST', '/v1/queues/{name}/pause'],
  resumeQueue: ['POST', '/v1/queues/{name}/resume'],
  listBlockedKeys: ['GET', '/v1/queues/{name}/blocked-keys'],
  pauseLimitKey: ['POST', '/v1/queues/{name}/keys/pause'],
  createSchedule: ['POST', '/v1/schedules'],
  listSchedules: ['GET', '/v1/schedules'],
  previewRule: ['POST', '/v1/schedules/preview'],
  readSchedule: ['GET', '/v1/schedules/{id}'],
  updateSchedule: ['PATCH', '/v1/schedules/{id}'],
  deleteSchedule: ['DELETE', '/v1/schedules/{id}'],
  pauseSchedule: ['POST', '/v1/schedules/{id}/pause'],
  resumeSchedule: ['POST', '/v1/schedules/{id}/resume'],
  triggerSchedule: ['POST', '/v1/schedules/{id}/trigger'],
  previewSchedule: ['GET', '/v1/schedules/{id}/preview'],
  listOccurrences: ['GET', '/v1/schedules/{id}/occurrences'],
  readNextAwake: ['GET', '/v1/scheduler/next'],
  tick: ['POST', '/v1/scheduler/tick'],
  createWebhook: ['POST', '/v1/webhooks'],
  listWebhooks: ['GET', '/v1/webhooks'],
  readWebhook: ['GET', '/v1/webhooks/{id}'],
  changeWebhook: ['PATCH', '/v1/webhooks/{id}'],
  deleteWebhook: ['DELETE', '/v1/webhooks/{id}'],
  rotateWebhookSecret: ['POST', '/v1/webhooks/{id}/rotate-secret'],
  testWebhook: ['POST', '/v1/webhooks/{id}/test'],
  listDeliveriesOfWebhook: ['GET', '/v1/webhooks/{id}/deliveries'],
  listDeliveries: ['GET', '/v1/webhooks/deliveries'],
  readDelivery: ['GET', '/v1/webhooks/deliveries/{id}'],
  replayDelivery: ['POST', '/v1/webhooks/deliveries/{id}/replay'],
  replayDeliveries: ['POST', '/v1/webhooks/deliveries/replay'],
  createKey: ['POST', '/v1/keys'],
  listKeys: ['GET', '/v1/keys'],
  readKey: ['GET', '/v1/keys/{id}'],
  changeKey: ['PATCH', '/v1/keys/{id}'],
  revokeKey: ['DELETE', '/v1/keys/{id}'],
  createTenant: ['POST', '/v1/tenants'],
  listTenants: ['GET', '/v1/tenants'],
  readTenant: ['GET', '/v1/tenants/{id}'],
  changeTenant: ['PATCH', '/v1/tenants/{id}'],
  listAudit: ['GET', '/v1/audit'],
  listBackups: ['GET', '/v1/backups'],
  createBackup: ['POST', '/v1/backups'],
  downloadBackup: ['GET', '/v1/backups/{name}/download'],
  deleteBackup: ['DELETE', '/v1/backups/{name}'],
}
