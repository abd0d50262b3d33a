import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { must, type RunView } from '../api/stage.ts'
import { engines } from '../support/database.ts'
import { type Clerk, startClerk } from './clerk.ts'

setDefaultTimeout(120_000)

describe.each(engines)('approvals on %s', engine => {
  let started: Clerk | undefined
  beforeAll(async () => {
    started = await startClerk(engine)
  })
  afterAll(() => started?.[Symbol.asyncDispose]())
  const clerk = (): Clerk => {
    if (!started) throw new Error('The clerk is there within tests only.')
    return started
  }
  const types = async (id: string) => (await clerk().stage.events(id)).map(({ type }) => type)
  const only = async (runId: string) => {
    const [approval, ...others] = await clerk().pending(runId)
    if (!approval || others.length > 0) throw new Error(`${others.length + 1} approvals`)
    return approval
  }

  test('a call that needs one waits for it and runs once it is approved', async () => {
    const { run, until, resolve, ledger, stage } = clerk()
    const { id } = await run([
      { name: 'refund', input: { amount: 50 }, id: 'a' },
      { name: 'note', input: { text: 'first' }, id: 'b' },
    ])
    const waiting = await until(id, 'waiting')
    expect(waiting.finished_at).toBeNull()
    // What needs nobody has run meanwhile.
    expect(ledger()).toContain('note first')
    expect(ledger()).not.toContain('refund 50')
    const approval = await only(id)
    expect(approval).toMatchObject({
      object: 'approval',
      kind: 'approval',
      state: 'pending',
      run_id: id,
      agent: 'clerk',
      tool: 'refund',
      input: { amount: 50 },
      message: 'Refund 50?',
      on_deadline: 'deny',
      form: null,
    })
    const { status, body } = await resolve(approval.id, { action: 'approve' })
    expect({ status, state: body.state, by: body.resolved_by }).toEqual({
      status: 200,
      state: 'resolved',
      by: 'key_configured',
    })
    const finished = await stage.finished(id)
    expect(finished).toMatchObject({ status: 'completed', output: 'all done', attempt: 1 })
    expect(ledger().filter(line => line === 'refund 50')).toHaveLength(1)
    expect(await types(id)).toEqual([
      'run.created',
      'run.started',
      'step.started',
      'tool.call',
      'tool.call',
      'step.completed',
      'step.started',
      'tool.result',
      'step.completed',
      'approval.requested',
      'run.waiting',
      'approval.resolved',
      'run.started',
      'step.started',
      'tool.result',
      'step.completed',
      'step.started',
      'text.delta',
      'step.completed',
      'run.completed',
    ])
    const again = await resolve(approval.id, { action: 'deny' })
    expect(again.status).toBe(409)
  })

  test('a call below the limit of its rule needs nobody', async () => {
    const { run, ledger, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 5 } }])
    expect(await stage.finished(id)).toMatchObject({ status: 'completed' })
    expect(ledger()).toContain('refund 5')
  })

  test('a refusal is told to the model, with its reason', async () => {
    const { run, until, resolve, ledger, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 60 } }])
    await until(id, 'waiting')
    await resolve((await only(id)).id, { action: 'deny', reason: 'too much' })
    expect(await stage.finished(id)).toMatchObject({ status: 'completed' })
    expect(ledger()).not.toContain('refund 60')
    const told = (await stage.events(id)).find(({ type }) => type === 'tool.result')
    expect(told).toMatchObject({ data: { is_error: true, output: expect.stringContaining('too much') } })
  })

  test('what the tool gets can be changed, within its schema', async () => {
    const { run, until, resolve, ledger, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 70 } }])
    await until(id, 'waiting')
    const approval = await only(id)
    expect((await resolve(approval.id, { action: 'approve', input: { amount: 1_000 } })).status).toBe(422)
    expect((await resolve(approval.id, { action: 'approve', input: { amount: 7 } })).status).toBe(200)
    expect(await stage.finished(id)).toMatchObject({ status: 'completed' })
    expect(ledger()).toContain('refund 7')
    expect(ledger()).not.toContain('refund 70')
  })

  test('a form has to be filled in, and the tool gets the answer', async () => {
    const { run, until, resolve, ledger, stage } = clerk()
    const { id } = await run([{ name: 'sign', input: { text: 'lease' } }])
    await until(id, 'waiting')
    const approval = await only(id)
    expect(approval.form).toMatchObject({ required: ['note'] })
    expect((await resolve(approval.id, { action: 'approve' })).status).toBe(422)
    expect((await resolve(approval.id, { action: 'approve', answer: { note: 5 } })).status).toBe(422)
    expect((await resolve(approval.id, { action: 'approve', answer: { note: 'fine' } })).status).toBe(200)
    await stage.finished(id)
    expect(ledger()).toContain('sign lease fine')
  })

  test.each([
    [{ action: 'done', output: 1 }],
    [{ action: 'run_again' }],
    [{ action: 'approve', answer: 'x' }],
    [{ action: 'approve', reason: 'x' }],
    [{ action: 'deny', output: 1 }],
    [{ action: 'perhaps' }],
    [{}],
  ])('%j does not fit, and changes nothing', async decision => {
    const { run, until, resolve, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 80 } }])
    await until(id, 'waiting')
    const approval = await only(id)
    expect((await resolve(approval.id, decision)).status).toBe(422)
    expect(await only(id)).toEqual(approval)
    await must(200, stage.call('POST', `/v1/runs/${id}/cancel`))
  })

  test('nobody decides in time: it is refused, agreed to, or ends the run, as its rule says', async () => {
    const { run, stage, ledger } = clerk()
    const hasty = await run([{ name: 'hasty', input: { text: 'x' } }])
    expect(await stage.finished(hasty.id)).toMatchObject({ status: 'completed' })
    const events = await stage.events(hasty.id)
    expect(events.find(({ type }) => type === 'approval.resolved')?.data).toMatchObject({
      action: 'deny',
      by: 'system',
    })
    const agreed = await run([{ name: 'agreed', input: { text: 'y' } }])
    expect(await stage.finished(agreed.id)).toMatchObject({ status: 'completed' })
    expect(ledger()).toContain('agreed y')
    const strict = await run([{ name: 'strict', input: { text: 'z' } }])
    expect(await stage.finished(strict.id)).toMatchObject({ status: 'failed', error: { code: 'call_refused' } })
  })

  test('who is to decide is reminded, as the rule says', async () => {
    const { run, until, resolve, stage } = clerk()
    const { id } = await run([{ name: 'patient', input: { text: 'x' } }])
    await until(id, 'waiting')
    const { id: approvalId } = await only(id)
    let reminded = 0
    while (reminded < 2) {
      reminded = (await stage.events(id)).filter(({ type }) => type === 'approval.reminded').length
    }
    await must(200, stage.call('POST', `/v1/approvals/${approvalId}/resolve`, { action: 'approve' }))
    expect(await stage.finished(id)).toMatchObject({ status: 'completed', attempt: 1 })
    const seqs = (await stage.events(id)).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect((await resolve(approvalId, { action: 'deny' })).status).toBe(409)
  })

  test('cancelling a run that waits ends it at once, and nobody need decide any more', async () => {
    const { run, until, resolve, pending, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 90 } }])
    await until(id, 'waiting')
    const approval = await only(id)
    const { body } = await must(200, stage.call<RunView>('POST', `/v1/runs/${id}/cancel`))
    expect(body.status).toBe('cancelled')
    expect(await pending(id)).toEqual([])
    expect((await resolve(approval.id, { action: 'approve' })).status).toBe(409)
  })

  test('later runs of the thread go on meanwhile, unless the rule holds it', async () => {
    const { run, until, resolve, stage } = clerk()
    const threadId = await stage.thread()
    const first = await run([{ name: 'refund', input: { amount: 20 } }], { thread_id: threadId })
    await until(first.id, 'waiting')
    const second = await stage.run({ input: 'meanwhile', thread_id: threadId })
    expect(await stage.finished(second.id)).toMatchObject({ status: 'completed' })
    await resolve((await only(first.id)).id, { action: 'approve' })
    expect(await stage.finished(first.id)).toMatchObject({ status: 'completed' })
    // It went on with the conversation that it had begun with.
    const said = JSON.stringify(stage.provider.requests('clerk').at(-1))
    expect(said).not.toContain('meanwhile')

    const held = await run([{ name: 'alone', input: { text: 'x' } }], { thread_id: threadId })
    await until(held.id, 'waiting')
    const behind = await stage.run({ input: 'behind', thread_id: threadId })
    await resolve((await only(held.id)).id, { action: 'approve' })
    const [before, after] = [await stage.finished(held.id), await stage.finished(behind.id)]
    expect(String(after.started_at) >= String(before.finished_at)).toBe(true)
  })

  test('two decisions at once: one holds, the other is told so', async () => {
    const { run, until, resolve, ledger, stage } = clerk()
    const { id } = await run([{ name: 'refund', input: { amount: 33 } }])
    await until(id, 'waiting')
    const approval = await only(id)
    const answers = await Promise.all([
      resolve(approval.id, { action: 'approve' }),
      resolve(approval.id, { action: 'deny' }),
      resolve(approval.id, { action: 'approve' }),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
    await stage.finished(id)
    const seqs = (await stage.events(id)).map(({ seq }) => seq)
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    expect(ledger().filter(line => line === 'refund 33').length).toBeLessThanOrEqual(1)
  })

  test('the list counts, filters and pages', async () => {
    const { run, until, stage } = clerk()
    const runs: string[] = []
    for (const amount of [21, 22, 23]) {
      const { id } = await run([{ name: 'refund', input: { amount } }])
      await until(id, 'waiting')
      runs.push(id)
    }
    const count = await stage.call<{ count: number }>('GET', '/v1/approvals/count?state=pending&agent=clerk')
    expect(count.body.count).toBeGreaterThanOrEqual(3)
    const page = await stage.call<{ data: { id: string }[]; next_cursor: string }>('GET', '/v1/approvals?limit=2')
    expect(page.body.data).toHaveLength(2)
    const next = await stage.call<{ data: { id: string }[] }>(
      'GET',
      `/v1/approvals?limit=2&cursor=${page.body.next_cursor}`,
    )
    expect(next.body.data.map(({ id }) => id)).not.toContain(page.body.data[0]?.id)
    for (const id of runs) await stage.call('POST', `/v1/runs/${id}/cancel`)
  })
})
