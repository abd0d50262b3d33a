import type { EnvReader } from './config-reader.ts'

/** How S3-compatible storage is reached. */
export interface S3Config {
  /** Null: Amazon's own, in the region. */
  readonly endpoint: string | null
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

export interface BackupConfig {
  /** A folder, or s3://bucket/prefix. Null: the service makes none. */
  readonly to: string | null
  /** A cron expression, @daily or `@every …`, by UTC. Null: only when asked. */
  readonly schedule: string | null
  /** How many of a place are kept. */
  readonly keep: number
  readonly s3: S3Config | null
  /** The program pg_dump, where it is not to be looked for. */
  readonly pgDump: string | null
}

/** The names of Amazon's own tools are understood too. */
export function readBackups(read: EnvReader): BackupConfig {
  const to = read.optional('BACKUP_TO')
  const schedule = read.optional('BACKUP_SCHEDULE')
  if (schedule !== null && to === null) {
    read.complain('BACKUP_SCHEDULE', 'needs BACKUP_TO: a folder, or s3://bucket/prefix')
  }
  const s3 = readS3(read)
  if (to?.startsWith('s3://')) {
    if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/.test(to)) {
      read.complain('BACKUP_TO', 'must look like s3://bucket/prefix')
    }
    if (s3 === null) read.complain('BACKUP_TO', 'needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY')
  } else if (to !== null && /^[a-z0-9]+:\/\//i.test(to)) {
    read.complain('BACKUP_TO', 'must be a folder, or s3://bucket/prefix')
  }
  return {
    to,
    schedule,
    keep: read.integer('BACKUP_KEEP', 7, { min: 1, max: 10_000 }),
    s3,
    pgDump: read.optional('PG_DUMP'),
  }
}

function readS3(read: EnvReader): S3Config | null {
  const web = ['http:', 'https:']
  const endpoint =
    read.url('S3_ENDPOINT', web) ?? read.url('AWS_ENDPOINT_URL_S3', web) ?? read.url('AWS_ENDPOINT_URL', web)
  const accessKeyId = read.optional('S3_ACCESS_KEY_ID') ?? read.optional('AWS_ACCESS_KEY_ID')
  const secretAccessKey = read.optional('S3_SECRET_ACCESS_KEY') ?? read.optional('AWS_SECRET_ACCESS_KEY')
  const region =
    read.optional('S3_REGION') ?? read.optional('AWS_REGION') ?? read.optional('AWS_DEFAULT_REGION') ?? 'us-east-1'
  const sessionToken = read.optional('S3_SESSION_TOKEN') ?? read.optional('AWS_SESSION_TOKEN')
  if (accessKeyId === null || secretAccessKey === null) return null
  return { endpoint, region, accessKeyId, secretAccessKey, sessionToken }
}
