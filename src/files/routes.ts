import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { readBytes } from '../http/body.ts'
import { controller, withRequest } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { fileFault, fileTypes } from './file.ts'
import { keepFile } from './keep-file.ts'
import { deleteFile, getFile, listFiles, readContents } from './read-files.ts'
import { FileObject, fileList, fileToWire, UploadQuery } from './wire.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the file.', examples: ['file_01a20ac7643c74ff917af328c26df1fb'] }),
})

/** `/v1/files`: what messages have attached. Takes any bytes, where other routes take JSON. */
export const fileRoutes = (app: AppContext) =>
  controller('Files', '/v1/files')
    .onParse(({ request }) => readBytes(request, app.config.bodyLimitBytes))
    .post(
      '/',
      async ({ actor, body, query: { name = 'file', ttl_seconds: ttlSeconds }, request, set }) => {
        const mediaType = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
        const content = body instanceof Uint8Array ? body : new Uint8Array()
        const fault = fileFault(mediaType, content)
        if (fault !== null) throw new AppError('unsupported_media_type', fault)
        const file = await keepFile(app, actor, { name, mediaType, content, ttlSeconds })
        set.status = 201
        set.headers.location = `/v1/files/${file.id}`
        return fileToWire(file)
      },
      {
        scope: 'files:write',
        query: UploadQuery,
        response: { 201: FileObject },
        detail: {
          operationId: 'uploadFile',
          summary: 'Upload a file',
          description: 'Its bytes are the body, and its type the content-type.',
          requestBody: {
            required: true,
            content: Object.fromEntries(
              fileTypes.map(type => [type, { schema: { type: 'string', format: 'binary' }, example: '…' }]),
            ),
          },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const files = await listFiles(app, actor, { before: decodeCursor(cursor, fileList), limit: limit + 1 })
        return toPage(files, limit, fileList, fileToWire)
      },
      {
        scope: 'files:read',
        query: t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: page(FileObject) },
        detail: { operationId: 'listFiles', summary: 'List files', description: 'The newest first.' },
      },
    )
    .get('/:id', async ({ actor, params }) => fileToWire(await getFile(app, actor, params.id)), {
      scope: 'files:read',
      params,
      response: { 200: FileObject },
      detail: {
        operationId: 'getFile',
        summary: 'Read of a file',
        description: 'Without its content.',
      },
    })
    .get(
      '/:id/content',
      async ({ actor, params }) => {
        const { name } = await getFile(app, actor, params.id)
        const file = (await readContents(app, actor, [params.id])).get(params.id)
        // Never shown as a page: it is whatever somebody has sent.
        const headers = {
          'content-type': file?.mediaType ?? 'application/octet-stream',
          'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        }
        return new Response(Buffer.from(file?.content ?? []), { headers })
      },
      {
        scope: 'files:read',
        params,
        detail: {
          operationId: 'readFile',
          summary: 'Download a file',
          description: 'Its bytes.',
          responses: { 200: { description: 'Its content, with its type.' } },
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, request, set }) => {
        await deleteFile(app, withRequest(actor, request), params.id)
        set.status = 204
      },
      {
        scope: 'files:write',
        params,
        detail: {
          operationId: 'deleteFile',
          summary: 'Delete a file',
          description: 'Models are told of messages that had it that it is gone.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
