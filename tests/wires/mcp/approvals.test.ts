import { describe, expect, test } from 'bun:test'
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js'
import { must, type RunView, useStage } from '../../api/stage.ts'
import { engines } from '../../support/database.ts'
import { type CallResult, clients } from './client.ts'

interface ApprovalView {
  id: string
  state: string
  decision: unknown
}

describe.each(engines)('approvals over MCP on %s', engine => {
  const stage = useStage(engine)
  const visit = (approval: object) => ({
    name: 'visit',
    description: 'Looks.',
    input_schema: { type: 'object' },
    http: { url: 'https://example.com/never' },
    approval,
  })
  const agentThat = (approval: object) =>
    stage().agent([{ toolCalls: [{ name: 'visit', input: { at: 'noon' } }] }, { text: 'I did not.' }], {
      tools: [visit(approval)],
    })
  const runOf = async ({ meta }: CallResult) =>
    (await must(200, stage().call<RunView>('GET', `/v1/runs/${meta['bunkhouse/run_id']}`))).body
  const approvalsOf = async (runId: string) =>
    (await must(200, stage().call<{ data: ApprovalView[] }>('GET', `/v1/approvals?run_id=${runId}`))).body.data

  describe.each(clients)('a client %s', (_name, connect) => {
    const asking = async (approval: object, answer: ElicitResult) => {
      const agent = await agentThat(approval)
      const messages: string[] = []
      await using mcp = await connect(stage().service, {
        answer: async message => {
          messages.push(message)
          return answer
        },
      })
      return { result: await mcp.call(agent, { input: 'go' }), messages, agent }
    }

    test('has its person asked, and what is declined is not done', async () => {
      const { result, messages } = await asking({}, { action: 'decline' })
      expect(messages).toEqual([expect.stringContaining('visit {"at":"noon"}')])
      expect(result.text).toBe('I did not.')
      const run = await runOf(result)
      expect(run).toMatchObject({ status: 'completed', attempt: 1 })
      expect(await approvalsOf(run.id)).toMatchObject([{ state: 'resolved', decision: { action: 'deny' } }])
    })

    test('has a form filled in, and its fields are with the decision', async () => {
      const form = { type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] }
      const { result } = await asking({ form }, { action: 'accept', content: { reason: 'it is late' } })
      const run = await runOf(result)
      expect(await approvalsOf(run.id)).toMatchObject([
        { state: 'resolved', decision: { action: 'approve', answer: { reason: 'it is late' } } },
      ])
      expect(result.text).toBe('I did not.')
    })

    test('that has nobody to ask waits for a decision by another way', async () => {
      const agent = await agentThat({})
      await using mcp = await connect(stage().service)
      const told: string[] = []
      const waits = Promise.withResolvers<void>()
      const calling = mcp.call(
        agent,
        { input: 'go' },
        {
          onprogress: ({ message = '' }) => {
            told.push(message)
            if (message.startsWith('A person is asked')) waits.resolve()
          },
        },
      )
      await waits.promise
      const list = await must(200, stage().call<{ data: RunView[] }>('GET', `/v1/runs?agent=${agent}`))
      const [approval] = await approvalsOf(list.body.data[0]?.id ?? '')
      await must(
        200,
        stage().call('POST', `/v1/approvals/${approval?.id}/resolve`, { action: 'deny', reason: 'not now' }),
      )
      expect((await calling).text).toBe('I did not.')
      expect(told).toContain('A person has answered: deny.')
    })

    test('whose key may not decide is not asked', async () => {
      const made = await must(
        201,
        stage().call<{ key: string }>('POST', '/v1/keys', { name: 'caller', scopes: ['agents:read', 'runs:write'] }),
      )
      const agent = await agentThat({ deadline_seconds: 1, on_deadline: 'deny' })
      const messages: string[] = []
      await using mcp = await connect(
        { url: stage().service.url, key: made.body.key },
        {
          answer: async message => {
            messages.push(message)
            return { action: 'accept', content: {} }
          },
        },
      )
      expect((await mcp.call(agent, { input: 'go' })).text).toBe('I did not.')
      expect(messages).toEqual([])
    })
  })
})
