import { expect, test } from 'bun:test'
import { callOf, must } from '../api/stage.ts'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import type { Service } from '../support/service.ts'
import { type CreatedView, makeJobStage } from './job-stage.ts'

testsOfProcesses()

/** Asks until the process that serves the API knows that the other one has room. */
async function begunElsewhere(api: Service, name: string): Promise<string> {
  let id = ''
  await until('a job is offered', async () => {
    const made = callOf(api)<CreatedView>('POST', '/v1/jobs', { kind: 'work', payload: { name } })
    const { job } = (await must(201, made)).body
    id = job.id
    return job.state === 'running'
  })
  return id
}

const stateOf = async (api: Service, id: string): Promise<{ state: string; attempt: number }> =>
  (await must(200, callOf(api)<{ state: string; attempt: number }>('GET', `/v1/jobs/${id}`))).body

test('a job sent to a process without a worker begins in another one that has room', async () => {
  await using stage = await makeJobStage('postgres')
  const api = await stage.start({ ROLES: 'api' })
  track((await stage.start({ ROLES: 'worker' })).process)
  const id = await begunElsewhere(api, 'offered')
  await until('it is done', async () => (await stateOf(api, id)).state === 'completed')
  expect(await stateOf(api, id)).toMatchObject({ attempt: 1, errors: [] })
})

test('a job that was offered to one that has just been killed is taken over when its short lease has ended', async () => {
  await using stage = await makeJobStage('postgres')
  const api = await stage.start({ ROLES: 'api' })
  let id = ''
  // One that is killed before it has answered the offer before this is known as silent, and is offered nothing.
  await until('a dead one is offered a job', async () => {
    const worker = await stage.start({ ROLES: 'worker' })
    track(worker.process)
    const taken = await begunElsewhere(api, 'offered')
    await until('it is done', async () => (await stateOf(api, taken)).state === 'completed')
    await worker.stop('SIGKILL')
    const made = callOf(api)<CreatedView>('POST', '/v1/jobs', { kind: 'work', payload: { name: 'late' } })
    const { job } = (await must(201, made)).body
    id = job.id
    return job.state === 'running'
  })
  await stage.start({ ROLES: 'worker' })
  await until('it is done all the same', async () => (await stateOf(api, id)).state === 'completed')
  expect(await stateOf(api, id)).toMatchObject({ attempt: 2 })
})

test('one that may be tried only once is left to claims', async () => {
  await using stage = await makeJobStage('postgres')
  const api = await stage.start({ ROLES: 'api' })
  track((await stage.start({ ROLES: 'worker' })).process)
  await begunElsewhere(api, 'offered')
  const made = callOf(api)<CreatedView>('POST', '/v1/jobs', {
    kind: 'work',
    payload: { name: 'once' },
    max_attempts: 1,
  })
  const { job } = (await must(201, made)).body
  expect(job.state).toBe('available')
  await until('it is done', async () => (await stateOf(api, job.id)).state === 'completed')
})
