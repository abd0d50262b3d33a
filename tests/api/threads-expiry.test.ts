import { describe, expect, test } from 'bun:test'
import { eq } from 'drizzle-orm'
import { addMessage } from '../../src/threads/add-message.ts'
import { createThread } from '../../src/threads/create-thread.ts'
import { pruneThreads } from '../../src/threads/prune-threads.ts'
import { updateThread } from '../../src/threads/update-thread.ts'
import { engines } from '../support/database.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { sharedDatabase } from '../support/migrated-database.ts'
import { heldRun } from '../support/runs.ts'
import { must, type ThreadView, useStage } from './stage.ts'

describe.each(engines)('a thread with an end on %s', engine => {
  const opened = sharedDatabase(engine)
  const stage = useStage(engine)
  const actor = { tenantId: 'default', keyId: null }

  const made = async (ttlSeconds?: number) => {
    const { database } = opened()
    const clock = new FakeClock()
    const thread = await createThread({ database, clock }, actor, { ttlSeconds })
    await addMessage({ database, clock }, actor, thread.id, { role: 'user', content: 'hello' })
    const { threads, messages } = database.tables
    const left = async () => {
      await database.transaction(tx => pruneThreads(tx, clock.now()))
      const [rows, said] = await Promise.all([
        database.orm.select().from(threads).where(eq(threads.id, thread.id)),
        database.orm.select().from(messages).where(eq(messages.threadId, thread.id)),
      ])
      return [rows.length, said.length]
    }
    return { database, clock, thread, left }
  }

  test('is deleted after that, with its messages', async () => {
    const { clock, left } = await made(60)
    clock.advance(59_999)
    expect(await left()).toEqual([1, 1])
    clock.advance(1)
    expect(await left()).toEqual([0, 0])
  })

  test('stays as long as a run of it is under way', async () => {
    const { database, clock, thread, left } = await made(60)
    await heldRun(database, clock, { threadId: thread.id })
    clock.advance(60_000)
    expect(await left()).toEqual([1, 1])
  })

  test('may be given another, or none', async () => {
    const { database, clock, thread, left } = await made(60)
    await updateThread({ database, clock }, actor, thread.id, { ttlSeconds: null })
    clock.advance(60_000)
    expect(await left()).toEqual([1, 1])
    await updateThread({ database, clock }, actor, thread.id, { ttlSeconds: 1 })
    clock.advance(1_000)
    expect(await left()).toEqual([0, 0])
  })

  test('says when that is', async () => {
    const { body } = await must(201, stage().call<ThreadView>('POST', '/v1/threads', { ttl_seconds: 60 }))
    expect(Date.parse(body.expires_at ?? '')).toBe(Date.parse(body.created_at) + 60_000)
    const kept = await must(200, stage().call<ThreadView>('PATCH', `/v1/threads/${body.id}`, { ttl_seconds: null }))
    expect(kept.body).toMatchObject({ expires_at: null, metadata: {} })
  })
})
