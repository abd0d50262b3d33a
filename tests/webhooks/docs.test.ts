import { expect, test } from 'bun:test'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { callOf, must, type RunView, runBody } from '../api/stage.ts'
import { startService } from '../support/service.ts'
import { temporaryFiles, writeFiles } from '../support/temporary-files.ts'
import { startReceiver } from './receiver.ts'
import { makeWebhook, nearby } from './views.ts'

const root = join(import.meta.dir, '../..')

/** The examples of docs/webhooks.md, as they stand there. */
async function examples(): Promise<string[]> {
  const text = await Bun.file(join(root, 'docs/webhooks.md')).text()
  return [...text.matchAll(/^```ts\n(.+?)^```$/gms)].flatMap(([, code]) => code ?? [])
}

test('the receivers of the documentation take what the service sends, and nothing else', async () => {
  const [withLibrary = '', without = ''] = await examples()
  using files = temporaryFiles()
  symlinkSync(join(root, 'node_modules'), join(files.path, 'node_modules'))
  const served = withLibrary.replace('Bun.serve({', 'const server = Bun.serve({').replace('port: 3000', 'port: 0')
  writeFiles(files.path, { 'receiver.ts': `${served}\nconsole.log(server.port)\n`, 'signed.ts': without })

  await using service = await startService({ env: nearby })
  const call = callOf(service)
  using plain = startReceiver()
  const { secret } = await makeWebhook(call, { url: plain.url, events: ['run.completed'] })
  const receiver = Bun.spawn([process.execPath, join(files.path, 'receiver.ts')], {
    env: { PATH: process.env.PATH, WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const lines = linesOf(receiver.stdout)
    const url = `http://127.0.0.1:${(await lines.next()).value}/`
    await makeWebhook(call, { url, events: ['run.completed'], secret })
    const { body: run } = await must(200, call<RunView>('POST', '/v1/runs/wait', runBody()))
    expect((await lines.next()).value).toBe(`run.completed ${run.id}`)
    const [message] = await plain.count(1)
    if (!message) throw new Error('nothing was sent')
    const { text: body, headers } = message
    const send = (text: string) => fetch(url, { method: 'POST', headers, body: text })
    expect((await send(body)).status).toBe(204)
    expect((await send(body.replace('hello', 'other'))).status).toBe(401)

    // Safe: the example says so.
    const { isSigned } = (await import(join(files.path, 'signed.ts'))) as {
      isSigned(secret: string, headers: Headers, body: string): boolean
    }
    const of = (more: Record<string, string> = {}) => new Headers({ ...headers, ...more })
    expect(isSigned(secret, of(), body)).toBe(true)
    expect(isSigned(secret, of(), `${body} `)).toBe(false)
    expect(isSigned(`whsec_${'A'.repeat(43)}=`, of(), body)).toBe(false)
    expect(isSigned(secret, of({ 'webhook-timestamp': '1' }), body)).toBe(false)
    expect(isSigned(secret, of({ 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }), body)).toBe(true)
  } finally {
    receiver.kill()
    await receiver.exited
  }
}, 60_000)

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
  return text
}
