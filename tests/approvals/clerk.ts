import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, type RunView, type Stage, startStage } from '../api/stage.ts'
import type { Engine } from '../support/database.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import type { ApprovalView, PageOf } from './views.ts'

const agentFile = `
import { appendFileSync } from 'node:fs'
import { defineAgent, defineTool } from 'bunkhouse'

const put = line => appendFileSync(process.env.LEDGER, line + '\\n')
const amount = { type: 'object', properties: { amount: { type: 'number', maximum: 100 } }, required: ['amount'], additionalProperties: false }
const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }
const form = { type: 'object', properties: { note: { type: 'string' } }, required: ['note'], additionalProperties: false }

export default defineAgent({
  name: 'clerk',
  model: 'fake/clerk',
  tools: [
    defineTool({
      name: 'refund', description: 'Pays money back.', input: amount, effect: 'once',
      approval: { when: ({ amount }) => amount > 10, message: ({ amount }) => 'Refund ' + amount + '?' },
      run: ({ amount }) => { put('refund ' + amount); return { refunded: amount } },
    }),
    defineTool({ name: 'note', description: 'Takes a note.', input: text, run: ({ text }) => { put('note ' + text); return 'noted' } }),
    defineTool({
      name: 'sign', description: 'Signs a contract.', input: text, approval: { form, onDeadline: 'fail' },
      run: ({ text }, { answer }) => { put('sign ' + text + ' ' + answer.note); return answer },
    }),
    defineTool({
      name: 'hasty', description: 'Waits for a second.', input: text, approval: { deadlineSeconds: 1 },
      run: () => 'never',
    }),
    defineTool({
      name: 'agreed', description: 'Goes on by itself.', input: text,
      approval: { deadlineSeconds: 1, onDeadline: 'approve', remindEverySeconds: 1 },
      run: ({ text }) => { put('agreed ' + text); return 'done' },
    }),
    defineTool({
      name: 'patient', description: 'Reminds.', input: text, approval: { deadlineSeconds: 60, remindEverySeconds: 1 },
      run: () => 'done',
    }),
    defineTool({ name: 'strict', description: 'Ends the run.', input: text, approval: { deadlineSeconds: 1, onDeadline: 'fail' }, run: () => 'never' }),
    defineTool({ name: 'alone', description: 'Holds its thread.', input: text, approval: { holdsThread: true }, run: () => 'done' }),
  ],
})
`

/** The service with one agent whose tools need somebody, and the file in which they write down what they did. */
export interface Clerk extends AsyncDisposable {
  stage: Stage
  /** What the tools did. */
  ledger(): string[]
  /** Starts a run whose model asks for these calls at once, and then says what it was told. */
  run(calls: { name: string; input?: unknown; id?: string }[], body?: object): Promise<RunView>
  /** The run, once it is in that state. */
  until(id: string, status: RunView['status']): Promise<RunView>
  pending(runId: string): Promise<ApprovalView[]>
  resolve(id: string, decision: object): Promise<{ status: number; body: ApprovalView & { detail?: string } }>
}

export async function startClerk(engine: Engine, env: Record<string, string> = {}): Promise<Clerk> {
  const files = temporaryFiles({ 'agents/clerk.ts': agentFile, ledger: '' })
  const ledger = join(files.path, 'ledger')
  const own = { AGENTS_DIR: join(files.path, 'agents'), LEDGER: ledger, LEASE_SECONDS: '5' }
  const stage = await startStage(engine, { ...own, ...env })
  const { call, provider } = stage
  return {
    stage,
    ledger: () => readFileSync(ledger, 'utf8').split('\n').filter(Boolean),
    async run(calls, body = {}) {
      // Runs that were cancelled have left turns behind.
      provider.reset()
      provider.script('clerk', [{ toolCalls: calls }, { text: 'all done' }])
      return (await must(202, call<RunView>('POST', '/v1/runs', { agent: 'clerk', input: 'go', ...body }))).body
    },
    async until(id, status) {
      const deadline = performance.now() + 60_000
      for (;;) {
        const { body } = await must(200, call<RunView>('GET', `/v1/runs/${id}`))
        if (body.status === status) return body
        if (performance.now() > deadline)
          throw new Error(`It is ${body.status}, not ${status}: ${JSON.stringify(body)}`)
        await Bun.sleep(10)
      }
    },
    async pending(runId) {
      const path = `/v1/approvals?state=pending&run_id=${runId}`
      return (await must(200, call<PageOf<ApprovalView>>('GET', path))).body.data
    },
    resolve: (id, decision) => call('POST', `/v1/approvals/${id}/resolve`, decision),
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]()
      files[Symbol.dispose]()
    },
  }
}
