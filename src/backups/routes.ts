import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { controller, mayTakeLong } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { isBackupName } from './backup-name.ts'
import type { Destination } from './destination.ts'
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
      async ({ set }) => {
        const jobId = await enqueueBackup(app, app.clock.now())
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
      async ({ params: { name }, request }) => {
        const destination = await configured(app)
        const found = isBackupName(name) ? await destination.has(name) : null
        if (!found) throw new AppError('not_found', `No backup has the id ${name}.`)
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

function configured({ config }: Pick<AppContext, 'config'>): Promise<Destination> {
  const { to } = config.backups
  if (to === null) throw new AppError('conflict', 'BACKUP_TO is not set: the service has no place for backups.')
  return openDestination(config, to)
}
