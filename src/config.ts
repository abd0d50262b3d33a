import type { ProviderConfig } from './agents/models/provider-config.ts'
import { type BackupConfig, readBackups } from './config-backups.ts'
import { readEgress } from './config-egress.ts'
import { type HttpConfig, readHttp } from './config-http.ts'
import { readProviders } from './config-providers.ts'
import { EnvReader } from './config-reader.ts'
import { readTracing, type TracingConfig } from './config-tracing.ts'
import { version } from './version.ts'

export const roles = ['api', 'worker', 'scheduler'] as const
export type Role = (typeof roles)[number]
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type DatabaseConfig =
  | { dialect: 'sqlite'; path: string }
  | { dialect: 'postgres'; url: string; poolSize: number }

/** All that can be set. Each field's variable is described in .env.example. */
export interface Config {
  readonly version: string
  readonly environment: 'development' | 'production'
  readonly host: string
  readonly port: number
  /** Where metrics are served without a key; 0: nowhere. */
  readonly metricsPort: number
  readonly database: DatabaseConfig
  readonly redisUrl: string | null
  readonly apiKey: string | null
  readonly roles: ReadonlySet<Role>
  readonly workerConcurrency: number
  readonly leaseSeconds: number
  readonly drainSeconds: number
  readonly agentsDir: string
  readonly jobsDir: string
  /** Jobs from files that are executed at once, of each queue. */
  readonly jobConcurrency: number
  readonly defaultAgent: string | null
  /** `provider/model`: what may be run without an agent, by that name. */
  readonly plainModels: readonly string[]
  readonly providers: readonly ProviderConfig[]
  /** JSON file of model prices of one's own. */
  readonly modelPricesFile: string | null
  /** Seconds a model provider may be silent. */
  readonly modelIdleSeconds: number
  readonly bodyLimitBytes: number
  /** Where people reach this service; null: nobody has said, and no links can be made. */
  readonly publicUrl: string | null
  readonly http: HttpConfig
  readonly logLevel: (typeof logLevels)[number]
  readonly logFile: string | null
  readonly logFileMaxBytes: number
  /** Files of the log in all. */
  readonly logFileKeep: number
  /** Share of the requests that went well which are logged, from 0 to 1. */
  readonly accessLogSample: number
  /** Null: nothing is traced. */
  readonly tracing: TracingConfig | null
  readonly docs: boolean
  /** Whether `/console` is served. */
  readonly console: boolean
  /** Whose way of announcing a shutdown is understood besides signals. */
  readonly platformHooks: 'none' | 'fc'
  /** 0: runs stay. */
  readonly runRetentionDays: number
  readonly jobRetentionDays: number
  /** After which deliveries of webhooks that have ended are deleted. */
  readonly webhookRetentionDays: number
  readonly backups: BackupConfig
  /** Whether a SQLite file is copied before it is migrated. */
  readonly migrationSnapshot: boolean
  /** What seals secrets in the database: the first seals, each one opens. */
  readonly secretKeys: readonly string[]
  /** Hosts, addresses and blocks that may be asked although they are not public. */
  readonly egressAllow: readonly string[]
  /** Signs the calls of a platform's timer. Null: they need a key. */
  readonly schedulerTickSecret: string | null
  /** Whatever of it must never be shown. */
  readonly secrets: readonly string[]
}

/** Reads the environment. Throws a ConfigError that names every variable that is wrong, not only the first. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const read = new EnvReader(env)
  const environment = read.choice('ENVIRONMENT', ['development', 'production'], 'development')
  const config: Omit<Config, 'secrets'> = {
    version: read.text('APP_VERSION', version),
    environment,
    host: read.text('HOST', '0.0.0.0'),
    port: read.integer('PORT', 8000, { min: 0, max: 65_535 }),
    metricsPort: read.integer('METRICS_PORT', 0, { min: 0, max: 65_535 }),
    database: readDatabase(read),
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:', 'unix:']),
    apiKey: read.secret('BUNKHOUSE_API_KEY', 16),
    roles: new Set(read.list('ROLES', roles, [...roles])),
    workerConcurrency: read.integer('WORKER_CONCURRENCY', 200, { min: 1, max: 10_000 }),
    leaseSeconds: read.integer('LEASE_SECONDS', 30, { min: 5, max: 3_600 }),
    drainSeconds: read.integer('DRAIN_SECONDS', 20, { min: 0, max: 3_600 }),
    agentsDir: read.text('AGENTS_DIR', './agents'),
    jobsDir: read.text('JOBS_DIR', './jobs'),
    jobConcurrency: read.integer('JOB_CONCURRENCY', 50, { min: 1, max: 10_000 }),
    defaultAgent: read.optional('DEFAULT_AGENT'),
    plainModels: readPlainModels(read),
    providers: readProviders(env, read),
    modelPricesFile: read.optional('MODEL_PRICES'),
    modelIdleSeconds: read.integer('MODEL_IDLE_SECONDS', 120, { min: 1, max: 3_600 }),
    bodyLimitBytes: read.integer('BODY_LIMIT_BYTES', 4 * 1024 * 1024, { min: 1_024, max: 1024 ** 3 }),
    publicUrl: read.url('PUBLIC_URL', ['http:', 'https:']),
    http: readHttp(read),
    logLevel: read.choice('LOG_LEVEL', logLevels, 'info'),
    logFile: read.optional('LOG_FILE'),
    logFileMaxBytes: read.integer('LOG_FILE_MAX_BYTES', 10_000_000, { min: 10_000, max: 10_000_000_000 }),
    logFileKeep: read.integer('LOG_FILE_KEEP', 5, { min: 1, max: 1_000 }),
    accessLogSample: read.number('ACCESS_LOG_SAMPLE', 1, { min: 0, max: 1 }),
    tracing: readTracing(read),
    docs: read.flag('DOCS', true),
    console: read.flag('CONSOLE', true),
    platformHooks: read.choice('PLATFORM_HOOKS', ['none', 'fc'], 'none'),
    backups: readBackups(read),
    migrationSnapshot: read.flag('MIGRATION_SNAPSHOT', true),
    runRetentionDays: read.integer('RUN_RETENTION_DAYS', 0, { min: 0, max: 3_650 }),
    jobRetentionDays: read.integer('JOB_RETENTION_DAYS', 7, { min: 0, max: 3_650 }),
    webhookRetentionDays: read.integer('WEBHOOK_RETENTION_DAYS', 7, { min: 0, max: 3_650 }),
    ...readEgress(read),
    schedulerTickSecret: read.secret('SCHEDULER_TICK_SECRET', 16),
  }
  read.throwIfWrong()
  return Object.freeze({ ...config, secrets: read.secrets })
}

function readPlainModels(read: EnvReader): string[] {
  const models = read
    .text('PLAIN_MODELS', '')
    .split(',')
    .flatMap(name => name.trim() || [])
  const wrong = models.find(name => !/^[a-z0-9-]+\/[!-~]{1,60}$/.test(name))
  if (wrong !== undefined) read.complain('PLAIN_MODELS', `must be a list of provider/model, and has "${wrong}"`)
  return [...new Set(models)].sort()
}

function readDatabase(read: EnvReader): DatabaseConfig {
  const url = read.text('DATABASE_URL', 'sqlite:./data/bunkhouse.db')
  const poolSize = read.integer('DATABASE_POOL_SIZE', 10, { min: 2, max: 500 })
  const sqlite = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(url)
  if (sqlite?.[1] && isFilePath(sqlite[1])) return { dialect: 'sqlite', path: sqlite[1] }
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { dialect: 'postgres', url, poolSize }
  read.complain('DATABASE_URL', 'must look like sqlite:./data/bunkhouse.db or postgres://user:password@host:5432/name')
  return { dialect: 'sqlite', path: '' }
}

/** Not `:memory:`, where nothing would be durable, and no parameters, which would become part of the name. */
const isFilePath = (path: string): boolean => !path.startsWith(':') && !path.includes('?')
