import type { ModelPrices } from './agents/models/prices.ts'
import type { BudgetBook } from './budgets/budget-book.ts'
import type { AgentCatalog } from './catalog/catalog.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import type { Notifier } from './db/notifier.ts'
import type { EgressPolicy } from './egress/policy.ts'
import type { EventStreams } from './http/sse.ts'
import type { LoadedJob } from './jobs/files/load.ts'
import type { McpPool } from './mcp/pool.ts'
import type { JobKind } from './queue/kind.ts'
import type { Rooms } from './queue/rooms.ts'
import type { Worker } from './queue/worker.ts'
import type { CreateBatcher } from './runs/create-batch.ts'
import type { RunHub } from './runs/hub.ts'
import type { Clock } from './runtime/clock.ts'
import type { Sealer } from './secrets/seal.ts'
import type { FactListener } from './telemetry/facts.ts'
import type { Span, Tracer } from './telemetry/tracing/tracer.ts'
import type { ToolLoader } from './tools/load-tool-record.ts'
import type { Outbox } from './webhooks/outbox.ts'

/** What verbs may use. A verb names the parts it takes: `Pick<AppContext, 'database' | 'clock'>`. */
export interface AppContext {
  config: Config
  clock: Clock
  database: Database
  notifier: Notifier
  emit: FactListener
  /** Null where nothing is traced. */
  tracer: Tracer | null
  catalog: AgentCatalog
  prices: ModelPrices
  hub: RunHub
  /** What is to be told outside commits with what it tells of. */
  outbox: Outbox
  /** What runs may take together. */
  budgets: BudgetBook
  /** Connections to MCP servers. */
  mcp: McpPool
  sealer: Sealer
  /** Where requests may go that others ask for. */
  egress: EgressPolicy
  /** Makes tools of what agents' records say of them. */
  tools: ToolLoader
  creates: CreateBatcher
  /** Null in a process without the role `worker`. */
  worker: Worker | null
  /** All that may be on the queue, by kind: the service's own, and what comes from files. */
  kinds: ReadonlyMap<string, JobKind>
  /** What comes from files, by kind. */
  fileJobs: ReadonlyMap<string, LoadedJob>
  /** Of this process, by queue, that of runs among them. */
  workers: ReadonlyMap<string, Worker>
  /** Of other processes' workers. */
  rooms: Rooms
}

/** What routes may use besides. */
export interface HttpContext extends AppContext {
  streams: EventStreams
  /** Aborted when the process is about to close its connections: whoever waits on one is to be told. */
  closing: AbortSignal
}

/** Who asks. */
export interface Actor {
  tenantId: string
  /** Null for the operator at the command line. */
  keyId: string | null
  /** The agents it may use; without: all of its tenant. */
  agents?: ReadonlySet<string>
  /** The process itself, by a rule of its own. */
  isSystem?: true
  /** Whoever has a link for one approval. */
  isLink?: true
  /** The request it asks by, for the audit log. */
  request?: { id: string; address: string | null }
  /** That of the request, where it is traced. */
  span?: Span
}
