import { expect } from 'bun:test'
import type { Service } from '../support/service.ts'
import type { World } from './world.ts'

/** A run as the API shows it. */
export interface ShownRun {
  id: string
  status: string
  output: unknown
  error: { code: string; message: string } | null
  attempt: number
}

/** Starts a run, of the agent `assistant` unless the body says otherwise, and returns its id. */
export async function startRun(service: Service, body: object = {}): Promise<string> {
  const response = await service.request('POST', '/v1/runs', { agent: 'assistant', input: 'Hello there', ...body })
  if (response.status !== 202) throw new Error(await response.text())
  return (await shownRun(response)).id
}

export const getRun = async (service: Service, runId: string): Promise<ShownRun> =>
  shownRun(await service.request('GET', `/v1/runs/${runId}`))

// Safe: the API's own shape, which the tests of the API hold it to.
export const shownRun = async (response: Response): Promise<ShownRun> => (await response.json()) as ShownRun

/** Every job and every run has come to its end. */
export async function expectNothingLeftOpen(world: World): Promise<void> {
  expect(await world.sql('select id, state from jobs where finished_at is null')).toEqual([])
  expect(await world.sql('select id, status from runs where finished_at is null')).toEqual([])
}
