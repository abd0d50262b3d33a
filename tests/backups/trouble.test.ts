import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { callOf, must, startStage } from '../api/stage.ts'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import { openCli } from '../support/cli.ts'
import { engines } from '../support/database.ts'
import { type Service, startService } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { mountTinyDisk, type TinyDisk } from '../support/tiny-disk.ts'
import { addBallast, backupNamed, filesIn, half, useS3 } from './places.ts'

testsOfProcesses()

interface JobView {
  id: string
  state: string
  attempt: number
  errors: { message: string }[]
}

const ask = async (service: Service): Promise<string> =>
  (await must(202, callOf(service)<{ job_id: string }>('POST', '/v1/backups'))).body.job_id
const readJob = async (service: Service, id: string): Promise<JobView> =>
  (await must(200, callOf(service)<JobView>('GET', `/v1/jobs/${id}`))).body
const failed = async (service: Service, id: string): Promise<string> => {
  await until('an attempt failed', async () => (await readJob(service, id)).errors.length > 0)
  return (await readJob(service, id)).errors[0]?.message ?? ''
}

test('a large SQLite file is backed up while the service goes on answering', async () => {
  using folder = temporaryFiles()
  const path = join(folder.path, 'bunkhouse.db')
  await using service = await startService({
    env: { DATABASE_URL: `sqlite:${path}`, BACKUP_TO: join(folder.path, 'backups') },
  })
  addBallast(path, 200)
  const id = await ask(service)
  const staged = () => half(filesIn(join(folder.path, 'backups'))).length > 0
  await until('the copy has begun', async () => staged())
  // Whoever copies in the thread that answers, answers once: when it is done.
  let answers = 0
  while (staged()) {
    expect((await fetch(`${service.url}/health`)).status).toBe(200)
    expect((await service.request('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })).status).toBe(200)
    answers++
  }
  expect(answers).toBeGreaterThan(10)
  await until('the job is completed', async () => (await readJob(service, id)).state === 'completed')
})

describe('a backup that is killed in the middle', () => {
  test('by the command leaves nothing under its name, and the next one is made', async () => {
    await using cli = await openCli()
    await cli.run(['migrate'])
    addBallast(join(cli.folder, 'data/bunkhouse.db'), 100)
    const place = join(cli.folder, 'backups')
    const started = cli.start(['backup', 'backups/'])
    await until('the copy has begun', async () => half(filesIn(place)).length > 0)
    started.process.kill('SIGKILL')
    expect((await started.result).code).toBeNull()
    expect(filesIn(place).filter(name => !name.includes('.partial'))).toEqual([])
    expect((await cli.run(['backup', 'backups/'])).code).toBe(0)
    expect(filesIn(place).filter(name => backupNamed.test(name))).toHaveLength(1)
  })

  test('and by Ctrl-C takes its half away', async () => {
    await using cli = await openCli()
    await cli.run(['migrate'])
    addBallast(join(cli.folder, 'data/bunkhouse.db'), 100)
    const place = join(cli.folder, 'backups')
    const started = cli.start(['backup', 'backups/'])
    await until('the copy has begun', async () => half(filesIn(place)).length > 0)
    started.process.kill('SIGINT')
    const { code, stderr } = await started.result
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Stopped by SIGINT.\n' })
    expect(filesIn(place)).toEqual([])
  })

  test('with the whole service is made by the next start, under the same name', async () => {
    using folder = temporaryFiles()
    const path = join(folder.path, 'bunkhouse.db')
    const place = join(folder.path, 'backups')
    const env = { DATABASE_URL: `sqlite:${path}`, BACKUP_TO: place }
    await using first = await startService({ env })
    addBallast(path, 100)
    const id = await ask(first)
    await until('the copy has begun', async () => half(filesIn(place)).length > 0)
    await first.stop('SIGKILL')
    expect(filesIn(place).filter(name => !name.includes('.partial'))).toEqual([])
    await using second = await startService({ env })
    await until('the job is completed', async () => (await readJob(second, id)).state === 'completed')
    const made = filesIn(place).filter(name => backupNamed.test(name))
    expect(made).toEqual([expect.stringContaining(id.slice(-8))])
  })
})

describe.each(engines)('a service on %s whose S3', engine => {
  const s3 = useS3()

  test('is away goes on, says so, and makes the backup later', async () => {
    await using stage = await startStage(engine, {
      ...s3().env,
      S3_ENDPOINT: 'http://127.0.0.1:1',
      BACKUP_TO: 's3://backups/away',
    })
    const { service } = stage
    const id = await ask(service)
    expect(await failed(service, id)).toStartWith('s3://backups/away cannot be used: ConnectionRefused')
    await service.said('backup failed')
    expect(await stage.finished((await stage.run()).id)).toMatchObject({ status: 'completed' })
    expect(await readJob(service, id)).toMatchObject({ state: 'scheduled', attempt: 1 })
    expect(await (await service.request('GET', '/metrics')).text()).toContain(
      'bunkhouse_backups_total{outcome="failed"} 1',
    )
    await service.stop()
    const env = { DATABASE_URL: stage.database.url, ...s3().env, BACKUP_TO: 's3://backups/away' }
    await using later = await startService({ env })
    await later.request('POST', `/v1/jobs/${id}/retry`)
    await until('it is made', async () => (await readJob(later, id)).state === 'completed')
    expect((await s3().keys()).filter(key => key.startsWith('away/'))).toHaveLength(2)
  })

  test('refuses the key says so, and leaves nothing there', async () => {
    await using stage = await startStage(engine, {
      ...s3().env,
      S3_ACCESS_KEY_ID: 'AKIASOMEBODYELSE',
      BACKUP_TO: 's3://backups/refused',
    })
    const reason = await failed(stage.service, await ask(stage.service))
    expect(reason).toStartWith('s3://backups/refused cannot be used: InvalidAccessKeyId')
    expect(stage.service.output()).not.toContain('S3RVER')
    expect((await s3().keys()).filter(key => key.startsWith('refused/'))).toEqual([])
  })
})

const probe = await mountTinyDisk(1)
await probe?.[Symbol.asyncDispose]()
if (!probe) console.warn('SKIPPED: the tests of a full disk need the right to mount one.')

describe.skipIf(!probe).each(engines)('on a disk without room for it, a backup of %s', engine => {
  let disk: TinyDisk
  beforeAll(async () => {
    const mounted = await mountTinyDisk(1)
    if (!mounted) throw new Error('It could be mounted a moment ago.')
    disk = mounted
  })
  afterAll(() => disk?.[Symbol.asyncDispose]())

  test('leaves nothing behind, says why, and is made when there is room again', async () => {
    const place = join(disk.path, 'backups')
    await using stage = await startStage(engine, { BACKUP_TO: place })
    const { service } = stage
    await disk.fill()
    const id = await ask(service)
    expect(await failed(service, id)).toMatch(/full|no room/)
    expect(filesIn(place)).toEqual([])
    expect(await stage.finished((await stage.run()).id)).toMatchObject({ status: 'completed' })
    await using cli = await openCli()
    const env = { DATABASE_URL: stage.database.url }
    const { code, stderr } = await cli.run(['backup', place], { env })
    expect(code).toBe(1)
    expect(stderr).toMatch(/full|no room/i)
    expect(filesIn(place)).toEqual([])
    await disk.clear()
    await service.request('POST', `/v1/jobs/${id}/retry`)
    await until('it is made', async () => (await readJob(service, id)).state === 'completed')
    expect(filesIn(place).filter(name => backupNamed.test(name))).toHaveLength(1)
  })
})
