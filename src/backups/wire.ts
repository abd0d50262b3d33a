import { t } from 'elysia'
import { integer } from '../http/integer.ts'
import type { StoredBackup } from './destination.ts'
import { backupExample, backupStarted } from './examples.ts'

export const BackupObject = t.Object(
  {
    name: t.String({ description: 'By the time it was wanted.' }),
    object: t.Literal('backup'),
    bytes: integer(),
    made_at: t.String({ format: 'date-time', description: 'When it was put there.' }),
  },
  { title: 'Backup', description: 'A copy of the whole database.', examples: [backupExample] },
)

export const BackupJobObject = t.Object(
  {
    object: t.Literal('backup_job'),
    job_id: t.String({ description: 'Of the job that makes it: `GET /v1/jobs/{id}` says how it goes.' }),
  },
  { title: 'BackupJob', description: 'A backup that was asked for.', examples: [backupStarted] },
)

export const backupToWire = ({ name, bytes, madeAt }: StoredBackup) => ({
  name,
  object: 'backup' as const,
  bytes,
  made_at: new Date(madeAt).toISOString(),
})

export const backupList = {
  name: 'backups',
  position: ({ name }: StoredBackup) => name,
  pattern: /^bunkhouse-[\dTZ.]+-[0-9a-f]{8}\.[a-z]+$/,
}
