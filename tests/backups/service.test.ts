import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { backupToWire } from '../../src/backups/wire.ts'
import { allPages, type Call, callOf, must, type PageView, type Stage, startStage } from '../api/stage.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import { openCli } from '../support/cli.ts'
import { createDatabase, engines } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'
import { temporaryFiles, writeFiles } from '../support/temporary-files.ts'
import { backupNamed, filesIn, half, useS3 } from './places.ts'

testsOfProcesses()

type BackupView = ReturnType<typeof backupToWire>
interface JobView {
  state: string
  result: { name: string; deleted: string[] } | null
}

/** Asks for a backup and waits for its job. */
async function makeOne(call: Call): Promise<{ name: string; deleted: string[] }> {
  const { body } = await must(202, call<{ job_id: string }>('POST', '/v1/backups'))
  let job: JobView | undefined
  await until(`the job ${body.job_id} is over`, async () => {
    job = (await must(200, call<JobView>('GET', `/v1/jobs/${body.job_id}`))).body
    return ['completed', 'discarded', 'cancelled'].includes(job.state)
  })
  if (!job?.result) throw new Error(`No backup was made: ${JSON.stringify(job)}`)
  return job.result
}

describe.each(engines)('/v1/backups on %s', engine => {
  describe.each(['folder', 's3'] as const)('kept in a %s', kind => {
    const s3 = useS3()
    const folder = temporaryFiles()
    let stage: Stage
    let call: Call
    beforeAll(async () => {
      const place = kind === 's3' ? 's3://backups/of/api' : join(folder.path, 'backups')
      stage = await startStage(engine, { ...s3().env, BACKUP_TO: place, BACKUP_KEEP: '3' })
      call = stage.call
    })
    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    })
    const list = async () => (await allPages<BackupView>(call, '/v1/backups?limit=2')).items

    test('makes one by a job, lists it, and tells of it in the audit log and the metrics', async () => {
      expect(await list()).toEqual([])
      const { name } = await makeOne(call)
      expect(name).toMatch(backupNamed)
      const [backup, ...others] = await list()
      expect(others).toEqual([])
      expect(backup).toMatchObject({ name, object: 'backup' })
      expect(backup?.bytes).toBeGreaterThan(1_000)
      expect(Math.abs(Date.parse(backup?.made_at ?? '') - Date.now())).toBeLessThan(120_000)
      const entries = (await call<PageView<{ action: string; actor: string }>>('GET', '/v1/audit?limit=2')).body.data
      expect(entries.map(({ action }) => action)).toEqual(['backup.made', 'backup.requested'])
      expect(entries.map(({ actor }) => actor)[0]).toBe('system')
      const metrics = await (await stage.service.request('GET', '/metrics')).text()
      expect(metrics).toContain('bunkhouse_backups_total{outcome="completed"} 1')
      expect(metrics).toMatch(/^bunkhouse_backup_last_success_timestamp_seconds 1\.?\d+/m)
      expect(metrics).toContain(`bunkhouse_backup_last_size_bytes ${backup?.bytes}`)
    })

    test('hands out one that can be restored', async () => {
      const [backup] = await list()
      const answer = await stage.service.request('GET', `/v1/backups/${backup?.name}/download`)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${backup?.name}"`)
      await using cli = await openCli()
      await Bun.write(join(cli.folder, 'downloaded'), answer)
      expect(Bun.file(join(cli.folder, 'downloaded')).size).toBe(backup?.bytes ?? 0)
      await using restored = await createDatabase(engine)
      const result = await cli.run(['restore', 'downloaded'], { env: { DATABASE_URL: restored.url } })
      expect(result).toMatchObject({ code: 0, stderr: '' })
    })

    test('keeps so many of its own, and nothing of others is deleted', async () => {
      const foreign = 'bunkhouse-20200101T000000.000Z-0badcafe.db'
      const others = { [foreign]: 'x', [`${foreign}.sha256`]: 'x', 'notes.txt': 'x', 'bunkhouse-old.db': 'x' }
      if (kind === 's3') {
        for (const [name, text] of Object.entries(others)) await s3().client.write(`of/api/${name}`, text)
      } else writeFiles(join(folder.path, 'backups'), others)
      const before = (await list()).map(({ name }) => name)
      const made: string[] = []
      for (let number = 0; number < 4; number++) made.push((await makeOne(call)).name)
      const kept = (await list()).map(({ name }) => name)
      expect(kept).toEqual([...made.slice(1).toReversed(), foreign])
      expect(before).not.toContainAnyValues(kept.slice(0, 3))
      const names =
        kind === 's3'
          ? (await s3().keys()).filter(key => key.startsWith('of/api/')).map(key => key.slice('of/api/'.length))
          : filesIn(join(folder.path, 'backups'))
      const own = made.slice(1).flatMap(name => [name, `${name}.sha256`])
      expect(names.toSorted()).toEqual([...own, ...Object.keys(others)].toSorted())
      expect(half(names)).toEqual([])
    })

    test('deletes one, for good, and only a backup', async () => {
      const [backup] = await list()
      await must(204, call('DELETE', `/v1/backups/${backup?.name}`))
      expect((await list()).map(({ name }) => name)).not.toContain(backup?.name ?? '')
      await must(404, call('DELETE', `/v1/backups/${backup?.name}`))
      for (const name of ['notes.txt', 'bunkhouse-old.db', '..%2F..%2Fetc%2Fpasswd', '%2e%2e']) {
        expect((await call('DELETE', `/v1/backups/${name}`)).status).toBeWithin(400, 406)
        expect((await call('GET', `/v1/backups/${name}/download`)).status).toBeWithin(400, 406)
      }
      const { body } = await call<PageView<object>>('GET', '/v1/audit?action=backup.deleted')
      expect(body.data).toMatchObject([{ target: { id: backup?.name } }])
    })

    test('is for keys of the operator with the scope alone', async () => {
      const created = await must(
        201,
        call<{ admin_key: { key: string } }>('POST', '/v1/tenants', { id: `acme-${kind}` }),
      )
      const tenantKey = { authorization: `Bearer ${created.body.admin_key.key}` }
      const reader = await must(
        201,
        call<{ key: string }>('POST', '/v1/keys', { name: 'reader', scopes: ['backups:read'] }),
      )
      const [backup] = await list()
      for (const [method, path] of [
        ['GET', '/v1/backups'],
        ['POST', '/v1/backups'],
        ['GET', `/v1/backups/${backup?.name}/download`],
        ['DELETE', `/v1/backups/${backup?.name}`],
      ] as const) {
        expect((await call(method, path, undefined, tenantKey)).status).toBe(403)
        const read = { authorization: `Bearer ${reader.body.key}` }
        if (method !== 'GET') expect((await call(method, path, undefined, read)).status).toBe(403)
      }
    })
  })

  test('without BACKUP_TO answers 409', async () => {
    await using stage = await startStage(engine)
    for (const [method, path] of [
      ['GET', '/v1/backups'],
      ['POST', '/v1/backups'],
    ] as const) {
      const { status, body } = await stage.call(method, path)
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'conflict' })
    }
  })
})

describe('backups by a schedule', () => {
  test('of several processes are made by one of them each', async () => {
    await using database = await createDatabase('postgres')
    using folder = temporaryFiles()
    const env = {
      DATABASE_URL: database.url,
      BACKUP_TO: join(folder.path, 'backups'),
      BACKUP_SCHEDULE: '@every 2s',
      BACKUP_KEEP: '100',
    }
    const services: Service[] = []
    try {
      for (let number = 0; number < 3; number++) services.push(await startService({ env }))
      const files = () => filesIn(env.BACKUP_TO).filter(name => backupNamed.test(name))
      await until('five were made', async () => files().length >= 5)
      await Promise.all(services.map(service => service.stop()))
      // One for each time, and each time once.
      const times = files().map(name => name.slice(0, 'bunkhouse-20261124T050125'.length))
      expect(new Set(times).size).toBe(times.length)
      for (const name of files()) expect(Number(name.slice(23, 25)) % 2).toBe(0)
      expect(half(filesIn(env.BACKUP_TO))).toEqual([])
    } finally {
      await Promise.all(services.map(service => service[Symbol.asyncDispose]()))
    }
  })

  test('of two services with one place and one schedule are all made, and each deletes its own', async () => {
    using folder = temporaryFiles()
    const place = join(folder.path, 'backups')
    const both = await Promise.all([createDatabase('sqlite'), createDatabase('sqlite')])
    const services = await Promise.all(
      both.map(({ url }) =>
        startService({
          env: { DATABASE_URL: url, BACKUP_TO: place, BACKUP_SCHEDULE: '@every 1s', BACKUP_KEEP: '2' },
        }),
      ),
    )
    try {
      const made = async (service: Service) =>
        (await callOf(service)<PageView<object>>('GET', '/v1/audit?action=backup.made&limit=500')).body.data.length
      await until('both made five', async () => (await Promise.all(services.map(made))).every(count => count >= 5))
      await Promise.all(services.map(service => service.stop()))
      const files = filesIn(place).filter(name => backupNamed.test(name))
      // Two of each; where one was ended before it had deleted, one more.
      expect(files.length).toBeWithin(4, 7)
    } finally {
      await Promise.all(services.map(service => service[Symbol.asyncDispose]()))
      await Promise.all(both.map(database => database[Symbol.asyncDispose]()))
    }
  })

  test('of a time at which nothing was awake are made up for by one', async () => {
    await using database = await createDatabase('sqlite')
    using folder = temporaryFiles()
    const env = {
      DATABASE_URL: database.url,
      BACKUP_TO: join(folder.path, 'backups'),
      // The first of January: long past, and long to go.
      BACKUP_SCHEDULE: '0 0 1 1 *',
    }
    const files = () => filesIn(env.BACKUP_TO).filter(name => backupNamed.test(name))
    for (let start = 0; start < 2; start++) {
      await using service = await startService({ env })
      if (start === 0) await service.said('backup made')
      await service.stop()
    }
    expect(files()).toHaveLength(1)
    expect(files()[0]).toMatch(/^bunkhouse-\d{4}0101T000000\.000Z-/)
  })

  test('that cannot be understood, or have no place, stop the start', async () => {
    await using cli = await openCli()
    const start = async (env: Record<string, string>) => {
      const { code, stdout, stderr } = await cli.run(['serve'], { env: { PORT: '0', ...env } })
      return { code, said: stdout + stderr }
    }
    const unclear = await start({ BACKUP_TO: './backups', BACKUP_SCHEDULE: 'sometimes' })
    expect(unclear.code).toBeWithin(1, 3)
    expect(unclear.said).toContain('BACKUP_SCHEDULE')
    const placeless = await start({ BACKUP_SCHEDULE: '@daily' })
    expect(placeless.code).toBe(2)
    expect(placeless.said).toContain('BACKUP_SCHEDULE needs BACKUP_TO')
  })
})
