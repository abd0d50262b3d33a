import { join } from 'node:path'
import { temporaryFiles } from './temporary-files.ts'

/** S3-compatible storage with one bucket, as a process of its own. It refuses whoever has another key id. */
export interface S3Server extends AsyncDisposable {
  bucket: string
  /** How the service is told to reach it. */
  env: Record<string, string>
  /** Keys of what is in the bucket. */
  keys(): Promise<string[]>
  client: Bun.S3Client
  stop(): Promise<void>
}

const bucket = 'backups'

export async function startS3(): Promise<S3Server> {
  const folder = temporaryFiles()
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 's3-entry.ts'), folder.path, bucket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await firstLine(child.stdout)
  const access = { endpoint: `http://127.0.0.1:${port}`, accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  const client = new Bun.S3Client({ ...access, bucket })
  const stop = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  return {
    bucket,
    client,
    stop,
    env: {
      S3_ENDPOINT: access.endpoint,
      S3_ACCESS_KEY_ID: access.accessKeyId,
      S3_SECRET_ACCESS_KEY: access.secretAccessKey,
    },
    keys: async () => ((await client.list()).contents ?? []).map(({ key }) => key).sort(),
    [Symbol.asyncDispose]: async () => {
      await stop()
      folder[Symbol.dispose]()
    },
  }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true })
    if (text.includes('\n')) return text.trim()
  }
  throw new Error(`The S3 server did not start: ${text}`)
}
