import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'

interface Litestream {
  dbs: { path: string; replicas: { type: string }[] }[]
}

test('the configuration for Litestream is of the file that the service makes', async () => {
  const file = Bun.file(join(import.meta.dir, '../../deploy/litestream/litestream.yml'))
  // Safe: the lines below fail for another form.
  const { dbs } = Bun.YAML.parse(await file.text()) as Litestream
  const { database } = readConfig({})
  expect(dbs).toHaveLength(1)
  expect(dbs[0]).toMatchObject({ path: 'path' in database && database.path, replicas: [{ type: 's3' }] })
})
