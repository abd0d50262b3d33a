import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { guardedFetch, urlFault } from '../../src/egress/guarded-fetch.ts'
import { EgressBlocked, egressPolicy } from '../../src/egress/policy.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

let heard: { method: string; host: string | null; url: string; authorization: string | null; body: string }[] = []
let location = ''
let server: ReturnType<typeof serve>
const serve = () =>
  Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async request => {
      const { method, url, headers } = request
      const [host, authorization] = [headers.get('host'), headers.get('authorization')]
      heard.push({ method, host, url, authorization, body: await request.text() })
      if (url.endsWith('/redirect')) return new Response(null, { status: 302, headers: { location } })
      return new Response('here')
    },
  })
beforeAll(() => {
  server = serve()
})
afterAll(() => server.stop(true))

const get = { method: 'GET', headers: {}, signal: AbortSignal.timeout(10_000) }
const loopback = ['127.0.0.1/32']
/** A resolver that gives each of these answers once, and the last one from then on. */
function answers(...rounds: string[][]) {
  let asked = 0
  const resolve = async () => rounds[Math.min(asked++, rounds.length - 1)] ?? []
  return { resolve, asked: () => asked }
}

describe('hostile URLs', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/latest/meta-data/',
    'http://2852039166/latest/meta-data/',
    'http://100.100.100.200/latest/meta-data/',
    'http://10.0.0.1/',
    'http://192.168.0.1/',
    'http://172.16.5.4/',
    'http://255.255.255.255/',
    'http://224.0.0.1/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost/',
    'http://example.com:80@127.0.0.1/',
    'http://user:password@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'data:text/plain,hello',
    'unix:///var/run/docker.sock',
    'not a URL',
  ])('%s is refused when it is given', url => {
    expect(
      urlFault(
        url,
        egressPolicy([], async () => []),
      ),
    ).toBeString()
  })

  test('none of them is asked', async () => {
    heard = []
    const port = server.port
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost', '0']) {
      const policy = egressPolicy([], async () => ['127.0.0.1'])
      const asked = guardedFetch(`http://${host}:${port}/`, get, policy)
      await expect(asked).rejects.toBeInstanceOf(EgressBlocked)
    }
    expect(heard).toEqual([])
  })

  test('a name that stands for a private address is refused, also when it stands for a public one too', async () => {
    for (const found of [['127.0.0.1'], ['10.0.0.7'], ['169.254.169.254'], ['::1'], ['93.184.215.14', '127.0.0.1']]) {
      const { resolve } = answers(found)
      const asked = guardedFetch(`http://innocent.example:${server.port}/`, get, egressPolicy([], resolve))
      await expect(asked).rejects.toThrow('not a public address')
    }
  })
})

describe('a name', () => {
  test('is looked up once, and asked at the address that was checked', async () => {
    heard = []
    const dns = answers(['127.0.0.1'], ['169.254.169.254'])
    const policy = egressPolicy(loopback, dns.resolve)
    const response = await guardedFetch(`http://rebind.example:${server.port}/x`, get, policy)
    expect(await response.text()).toBe('here')
    expect(dns.asked()).toBe(1)
    expect(heard).toMatchObject([{ host: `rebind.example:${server.port}` }])
    await expect(guardedFetch(`http://rebind.example:${server.port}/x`, get, policy)).rejects.toBeInstanceOf(
      EgressBlocked,
    )
    expect(heard).toHaveLength(1)
  })

  test('that is not found in time ends with the signal', async () => {
    const { promise } = Promise.withResolvers<string[]>()
    const abort = new AbortController()
    const asked = guardedFetch(
      'http://slow.example/',
      { ...get, signal: abort.signal },
      egressPolicy([], () => promise),
    )
    abort.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
  })
})

describe('a redirect', () => {
  const asked = (redirects: number, allow = loopback) =>
    guardedFetch(
      `http://first.example:${server.port}/redirect`,
      { ...get, method: 'POST', body: '{}', headers: { authorization: 'Bearer planted' }, redirects },
      egressPolicy(allow, async host => (host === 'inner.example' ? ['10.0.0.1'] : ['127.0.0.1'])),
    )

  test('is the answer where none is to be followed', async () => {
    location = `http://127.0.0.1:${server.port}/elsewhere`
    heard = []
    expect((await asked(0)).status).toBe(302)
    expect(heard).toHaveLength(1)
  })

  test('is followed without the credentials of the first host', async () => {
    location = `http://second.example:${server.port}/elsewhere`
    heard = []
    expect(await (await asked(1)).text()).toBe('here')
    expect(heard).toMatchObject([
      { method: 'POST', authorization: 'Bearer planted', body: '{}' },
      { method: 'GET', authorization: null, body: '', host: `second.example:${server.port}` },
    ])
  })

  test.each(['http://169.254.169.254/', 'http://inner.example/', 'file:///etc/passwd', '//0x0a000001/'])(
    'to %s is refused',
    async target => {
      location = target
      await expect(asked(5)).rejects.toBeInstanceOf(EgressBlocked)
    },
  )

  test('is followed only so often', async () => {
    location = `http://first.example:${server.port}/redirect`
    heard = []
    expect((await asked(3)).status).toBe(302)
    expect(heard).toHaveLength(4)
  })
})

test('a certificate is checked against the name, not the address', async () => {
  using files = temporaryFiles()
  const made = Bun.spawnSync(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 1
     -subj /CN=hooks.example -addext subjectAltName=DNS:hooks.example`.split(/\s+/),
    { cwd: files.path },
  )
  expect(made.exitCode).toBe(0)
  const cert = await Bun.file(`${files.path}/cert.pem`).text()
  const secure = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { key: await Bun.file(`${files.path}/key.pem`).text(), cert },
    fetch: request => new Response(request.headers.get('host')),
  })
  const { port } = secure
  // What the program trusts is decided when it starts.
  const script = `
    import { guardedFetch } from ${JSON.stringify(`${import.meta.dir}/../../src/egress/guarded-fetch.ts`)}
    import { egressPolicy } from ${JSON.stringify(`${import.meta.dir}/../../src/egress/policy.ts`)}
    const policy = egressPolicy(['127.0.0.1'], async () => ['127.0.0.1'])
    for (const host of ['hooks.example', 'other.example']) {
      const request = { method: 'GET', headers: {}, signal: AbortSignal.timeout(10_000) }
      const said = await guardedFetch('https://' + host + ':${port}/', request, policy).then(r => r.text(), e => e.code)
      console.log(said)
    }`
  const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: `${files.path}/cert.pem` }
  const child = Bun.spawn([process.execPath, '-e', script], { env, stderr: 'inherit' })
  const said = await new Response(child.stdout).text()
  await secure.stop(true)
  expect(said.trim().split('\n')).toEqual([`hooks.example:${port}`, 'ERR_TLS_CERT_ALTNAME_INVALID'])
})
