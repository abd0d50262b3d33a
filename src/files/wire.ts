import { t } from 'elysia'
import type { Listing } from '../http/cursor.ts'
import { integer } from '../http/integer.ts'
import { iso, isoOrNull } from '../http/iso-time.ts'
import { nameText } from '../http/params.ts'
import { fileTypes, type KeptFile } from './file.ts'

const example = {
  id: 'file_01a20ac7643c74ff917af328c26df1fb',
  object: 'file' as const,
  name: 'invoice.pdf',
  media_type: 'application/pdf',
  bytes: 48_213,
  created_at: '2026-11-26T09:39:29.212Z',
  expires_at: null,
}

export const FileObject = t.Object(
  {
    id: t.String(),
    object: t.Literal('file'),
    name: t.String(),
    media_type: t.String(),
    bytes: integer(),
    created_at: t.String({ format: 'date-time' }),
    expires_at: t.Nullable(t.String({ format: 'date-time' })),
  },
  { title: 'File', description: 'What messages can have attached.', examples: [example] },
)

export const UploadQuery = t.Object(
  {
    name: t.Optional(
      nameText({ minLength: 1, maxLength: 200, description: 'What models are told it is called. Default `file`.' }),
    ),
    ttl_seconds: t.Optional(
      t.Integer({ minimum: 1, maximum: 315_360_000, description: 'It is gone after that. Without: it is kept.' }),
    ),
  },
  { additionalProperties: false },
)

const closed = { additionalProperties: false }
const mediaType = t.String({ maxLength: 80, description: `One of ${fileTypes.join(', ')}.`, examples: ['image/png'] })

/** What a message may have attached. */
export const FileParts = [
  t.Object(
    { type: t.Literal('file'), file_id: nameText({ maxLength: 64, description: 'As POST /v1/files told it.' }) },
    closed,
  ),
  t.Object(
    {
      type: t.Literal('file'),
      media_type: mediaType,
      data: t.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$', description: 'Base64.' }),
      name: t.Optional(nameText({ minLength: 1, maxLength: 200 })),
    },
    closed,
  ),
  t.Object(
    {
      type: t.Literal('file'),
      media_type: mediaType,
      url: t.String({ pattern: '^https://', maxLength: 4_000, description: 'The model’s provider fetches it.' }),
    },
    closed,
  ),
] as const

export const fileToWire = ({ id, name, mediaType, bytes, createdAt, expiresAt }: KeptFile) => ({
  id,
  object: 'file' as const,
  name,
  media_type: mediaType,
  bytes,
  created_at: iso(createdAt),
  expires_at: isoOrNull(expiresAt),
})

export const fileList: Listing<Pick<KeptFile, 'id'>> = {
  name: 'files',
  position: ({ id }) => id,
  pattern: /^file_[0-9a-f]{32}$/,
}
