import { expect, test } from 'bun:test'
import { PostgresLane } from './postgres-lane.ts'

const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'
const never = () => new Promise<never>(() => {})

test('a lane that ends fails what is under way, also what the driver has forgotten, and takes nothing more', async () => {
  const broken: PostgresLane[] = []
  const lane = new PostgresLane(nowhere, one => broken.push(one))
  const waiting = [lane.run(never), lane.run(never)]
  lane.end()
  for (const one of waiting) await expect(one).rejects.toThrow('The connection to Postgres was closed.')
  await expect(lane.run(never)).rejects.toThrow('The connection to Postgres was closed.')
  lane.end()
  expect(broken).toEqual([lane])
})

test('a lane whose connection could not be made is broken, and tells why', async () => {
  const lane = new PostgresLane(nowhere, () => {})
  await expect(lane.run(client => client.unsafe('select 1'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect([lane.broken, lane.proven]).toEqual([true, false])
})
