import { describe, expect, test } from 'bun:test'
import { discoverOAuthProtectedResourceMetadata } from '@modelcontextprotocol/client'
import { must, useStage } from '../../api/stage.ts'
import { connectModern, connectSessions, failureOf } from './client.ts'

interface RpcFailure {
  jsonrpc: '2.0'
  id: unknown
  error: { code: number; message: string; data?: { code: string; request_id?: string } }
}

describe('what MCP refuses', () => {
  const stage = useStage('sqlite')
  const accept = 'application/json, text/event-stream'
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    stage().call<RpcFailure>('POST', '/mcp', body, { accept, ...headers })
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  }

  test('a client without a key learns where to read what one is needed for', async () => {
    const answer = await fetch(`${stage().service.url}/mcp`, { method: 'POST' })
    expect(answer.status).toBe(401)
    const [, url = ''] = /resource_metadata="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '') ?? []
    expect(url).toBe(`${stage().service.url}/.well-known/oauth-protected-resource/mcp`)
    expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { data: { code: 'unauthorized' } } })
    const metadata = await discoverOAuthProtectedResourceMetadata(new URL(`${stage().service.url}/mcp`))
    expect(metadata).toMatchObject({ resource: `${stage().service.url}/mcp`, bearer_methods_supported: ['header'] })
  })

  test('a key without the scope lists, and calls nothing', async () => {
    const made = await must(
      201,
      stage().call<{ key: string }>('POST', '/v1/keys', { name: 'reader', scopes: ['agents:read'] }),
    )
    const where = { url: stage().service.url, key: made.body.key }
    for (const connect of [connectSessions, connectModern]) {
      await using mcp = await connect(where)
      expect((await mcp.tools()).map(({ name }) => name)).toContain('echo')
      const refused = { code: -32_000, name: 'forbidden' }
      expect(await mcp.call('echo', { input: 'x' }).then(() => 'none', failureOf)).toEqual(refused)
      expect(await mcp.read('bunkhouse://runs/run_x').then(() => 'none', failureOf)).toEqual(refused)
      expect((await mcp.resources()).uris).toEqual([])
    }
  })

  test('a key of some agents sees those alone', async () => {
    const agent = await stage().agent([{ text: 'mine' }])
    const made = await must(
      201,
      stage().call<{ key: string }>('POST', '/v1/keys', {
        name: 'one',
        scopes: ['agents:read', 'runs:read', 'runs:write'],
        agents: [agent],
      }),
    )
    await stage().finished((await stage().run()).id)
    await using mcp = await connectModern({ url: stage().service.url, key: made.body.key })
    expect((await mcp.tools()).map(({ name }) => name)).toEqual([agent])
    expect((await mcp.resources()).uris).toEqual([])
    expect(await mcp.call('echo', { input: 'x' }).then(() => 'none', failureOf)).toMatchObject({ name: 'not_found' })
    expect((await mcp.call(agent, { input: 'x' })).text).toBe('mine')
  })

  test.each([
    ['no JSON', '{', 400],
    ['a text', '"x"', 422],
    ['an empty list', '[]', 422],
    ['no message', '{}', 400],
    ['no method', '{"jsonrpc":"2.0","id":1}', 400],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', 400],
  ])('%s gets an error of JSON-RPC', async (_name, body, status) => {
    const answer = await fetch(`${stage().service.url}/mcp`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${stage().service.key}`, 'content-type': 'application/json', accept },
    })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } })
  })

  test('sessions that are none, streams that are none, and methods that are none', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    expect(await post(call, { 'mcp-session-id': 'x' })).toMatchObject({ status: 404 })
    const begun = await post(initialize)
    expect(begun.status).toBe(200)
    expect(begun.headers.get('mcp-session-id')).toMatch(/^mcp_[0-9a-f]{32}$/)
    for (const [method, headers, status] of [
      ['GET', { accept }, 405],
      ['GET', { accept, 'last-event-id': 'x' }, 400],
      ['GET', { accept, 'last-event-id': 'WzEsMl0.1' }, 400],
      ['DELETE', {}, 405],
      ['PUT', {}, 405],
    ] as const) {
      const answer = await stage().call<RpcFailure>(method, '/mcp', undefined, headers)
      expect({ method, status: answer.status }).toEqual({ method, status })
      expect(answer.body.jsonrpc).toBe('2.0')
    }
  })

  test('pages of other origins, key or no key', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
    expect(await post(call, { origin: 'https://example.com' })).toMatchObject({ status: 403 })
    expect(await post(call, { origin: 'null' })).toMatchObject({ status: 403 })
    expect(await post(call, { origin: stage().service.url })).toMatchObject({ status: 200 })
  })

  test('whoever takes no event streams is answered as a whole', async () => {
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { input: 'hello' } },
    }
    const answer = await stage().call<object>('POST', '/mcp', call)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'hello' }] } })
  })

  test('a call that nobody has made is not read on', async () => {
    const token = Buffer.from(JSON.stringify([`mcp_${'0'.repeat(32)}`, 7])).toString('base64url')
    const answer = await stage().call<string>('GET', '/mcp', undefined, { accept, 'last-event-id': `${token}.0` })
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('"id":7,"error":{"code":-32000')
  })
})
