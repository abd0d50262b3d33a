import { AppError } from '../errors.ts'
import { isNestedDeeper } from './nesting.ts'
import { parseJson } from './parse-json.ts'

/** More than anybody nests by hand, and few enough for any client that reads it back. */
const levels = 200
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Reads a JSON body of at most `limit` bytes; null when there is none. @throws AppError body_too_large, malformed_body, unsupported_media_type */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  // Whether there has to be one, the route's schema says.
  if (!hasBody(request.headers)) return null
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/([a-z0-9.+-]+\+)?json\b/i.test(type)) {
    throw new AppError('unsupported_media_type', 'Send the body as content-type application/json.')
  }
  const text = decode(await readBytes(request, limit))
  if (isNestedDeeper(text, levels)) {
    throw new AppError('malformed_body', `The body is nested more than ${levels} levels deep.`)
  }
  try {
    return parseJson(text)
  } catch (error) {
    throw new AppError('malformed_body', `The body is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function hasBody(headers: Headers): boolean {
  const length = headers.get('content-length')
  return length === null ? headers.has('transfer-encoding') : length !== '0'
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new AppError('malformed_body', 'The body is not valid UTF-8.')
  }
}

/** @throws AppError body_too_large */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  if (request.headers.has('content-length')) {
    if (Number(request.headers.get('content-length')) > limit) throw tooLarge(limit)
    return request.bytes()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = (limit: number) => new AppError('body_too_large', `The body may have ${limit} bytes at most.`)
