import { t } from 'elysia'
import { audit } from '../audit/audit.ts'
import type { AppContext } from '../context.ts'
import { AppError, notFound } from '../errors.ts'
import { controller, mayTakeLong, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { isBackupName } from './backup-name.ts'
import type { Destination, StoredBackup } from './destination.ts'
import { enqueueBackup } from './enqueue-backup.ts'
import { backupExample } from './examples.ts'
import { openDestination } from './place.ts'
import { BackupJobObject, BackupObject, backupList, backupToWire } from './wire.ts'

const params = t.Object({
  name: t.String({ description: 'Name of the backup.', examples: [backupExample.name] }),
})

/** `/v1/backups`: what is kept at BACKUP_TO. Of all tenants together: for the operator. */
export const backupRoutes = (app: AppContext) =>
  controller('Backups', '/v1/backups')
    .get(
      '/',
      async ({ query: { limit = 50, cursor } }) => {
        const before = decodeCursor(cursor, backupList)
        const all = await (await configured(app)).list()
        const rest = before === undefined ? all : all.filter(({ name }) => name < before)
        return toPage(rest.slice(0, limit + 1), limit, backupList, backupToWire)
      },
      {
        scope: 'backups:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(BackupObject) },
        detail: {
          operationId: 'listBackups',
          summary: 'List backups',
          description: 'Those that stand at BACKUP_TO now, the newest first. 409 where it is not set.',
        },
      },
    )
    .post(
      '/',
      async ({ actor, set }) => {
        const jobId = await enqueueBackup(app, app.clock.now(), actor)
        set.status = 202
        set.headers.location = `/v1/jobs/${jobId}`
        return { object: 'backup_job' as const, job_id: jobId }
      },
      {
        scope: 'backups:write',
        response: { 202: BackupJobObject },
        detail: {
          operationId: 'createBackup',
          summary: 'Make a backup',
          description: 'By a job, to BACKUP_TO, where the oldest beyond BACKUP_KEEP are deleted then.',
          responses: {
            202: {
              description: 'It is on the queue.',
              headers: { location: { description: 'Path of the job.', schema: { type: 'string' } } },
            },
          },
        },
      },
    )
    .get(
      '/:name/download',
      async ({ actor, params: { name }, request }) => {
        const destination = await configured(app)
        const found = await findBackup(destination, name)
        const entry = { action: 'backup.downloaded' as const, target: { type: 'backup', id: name } }
        await app.database.transaction(tx => audit(tx, withRequest(actor, request), entry, app.clock.now()))
        mayTakeLong(request)
        return new Response(await destination.read(name), {
          headers: {
            'content-type': 'application/octet-stream',
            'content-length': String(found.bytes),
            'content-disposition': `attachment; filename="${name}"`,
          },
        })
      },
      {
        scope: 'backups:read',
        params,
        detail: {
          operationId: 'downloadBackup',
          summary: 'Download a backup',
          description: 'All data of all tenants: give the scope to nobody who may not have that.',
          responses: {
            200: {
              description: 'The file.',
              content: {
                'application/octet-stream': {
                  schema: { type: 'string', format: 'binary' },
                  example: 'SQLite format 3…',
                },
              },
            },
          },
        },
      },
    )
    .delete(
      '/:name',
      async ({ actor, params: { name }, set }) => {
        const destination = await configured(app)
        await findBackup(destination, name)
        const entry = { action: 'backup.deleted' as const, target: { type: 'backup', id: name } }
        // Before: what is gone must not be gone without a word.
        await app.database.transaction(tx => audit(tx, actor, entry, app.clock.now()))
        await destination.remove(name)
        set.status = 204
      },
      {
        scope: 'backups:write',
        params,
        detail: {
          operationId: 'deleteBackup',
          summary: 'Delete a backup',
          description: 'From where it is kept, for good.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )

/** Only what is named as a backup, so that nothing else of the place can be asked for. @throws AppError not_found */
async function findBackup(destination: Destination, name: string): Promise<StoredBackup> {
  const found = isBackupName(name) ? await destination.has(name) : null
  if (!found) throw notFound('backup', name)
  return found
}

function configured({ config }: Pick<AppContext, 'config'>): Promise<Destination> {
  const { to } = config.backups
  if (to === null) throw new AppError('conflict', 'BACKUP_TO is not set: the service has no place for backups.')
  return openDestination(config, to)
}
