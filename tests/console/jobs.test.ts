import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { must, type PageView, type Stage, startStage } from '../api/stage.ts'
import { hasBrowser, startBrowser, type TestBrowser } from '../support/browser.ts'
import { temporaryFiles } from '../support/temporary-files.ts'
import { accessFaults, openConsole } from './stage.ts'

setDefaultTimeout(120_000)

const jobs = {
  'jobs/parcel.ts': `import { defineJob, NonRetryable } from 'bunkhouse'
export default defineJob({ name: 'parcel', queue: 'parcels', input: { type: 'object' }, run: ({ isBroken }, { log, progress }) => {
  log('weighed it')
  progress({ weighed: true })
  if (isBroken) throw new NonRetryable('it is broken')
} })
`,
}

interface JobView {
  id: string
  state: string
}

describe.skipIf(!hasBrowser)('jobs in the console', () => {
  const files = temporaryFiles(jobs)
  let stage: Stage
  let browser: TestBrowser
  beforeAll(async () => {
    stage = await startStage('sqlite', { JOBS_DIR: join(files.path, 'jobs') })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
    files[Symbol.dispose]()
  })
  const make = async (body: object): Promise<string> => {
    const made = await must(201, stage.call<{ job: JobView }>('POST', '/v1/jobs', { kind: 'parcel', ...body }))
    return made.body.job.id
  }

  test('a key that a failed job holds up is shown, and goes on without it', async () => {
    const broken = await make({ payload: { isBroken: true }, order: { key: 'street 1', on_failure: 'block' } })
    const behind = await make({ payload: {}, order: { key: 'street 1', on_failure: 'block' } })
    await using page = await openConsole(browser, stage.service, '/jobs')
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'parcels', exact: true }) })
    const line = card.getByRole('listitem').filter({ hasText: 'street 1' })
    await line.getByText('it is broken, 1 jobs behind it').waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(await line.getByRole('link').getAttribute('href')).toBe(`/console/jobs/${broken}`)
    await line.getByRole('button', { name: 'Go on without it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Go on without it' }).click()
    await line.waitFor({ state: 'detached' })
    await page.goto(`${stage.service.url}/console/jobs/${behind}`)
    await page.getByText('completed', { exact: true }).waitFor()
    await page.getByRole('list', { name: 'Log lines' }).getByText('weighed it').waitFor()
    await page.getByRole('group', { name: 'Progress' }).getByText('"weighed": true').waitFor()
    expect(await accessFaults(page)).toEqual([])
    expect(page.faults).toEqual([])
  })

  test('dead letters are run again, the chosen ones and all', async () => {
    const dead = [await make({ payload: { isBroken: true } }), await make({ payload: { isBroken: true } })]
    await using page = await openConsole(browser, stage.service, '/jobs?state=discarded')
    const chosen = page.getByRole('checkbox', { name: `Choose ${dead[0]}` })
    await chosen.check()
    await page.getByRole('checkbox', { name: `Choose ${dead[1]}` }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Run chosen again (1)' }).click()
    await page.getByText('1 were put back on their queues').waitFor()
    expect(await page.getByRole('button', { name: 'Run chosen again (0)' }).isDisabled()).toBe(true)
    // They are broken for good: they come back as dead letters.
    for (const id of dead) await page.getByRole('checkbox', { name: `Choose ${id}` }).waitFor()
    await page.getByRole('button', { name: 'Run all again' }).click()
    await page.getByRole('dialog').getByText('parcels (2)').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click()
    await page.getByText('2 were put back on their queues').waitFor()
    await page.goto(`${stage.service.url}/console/jobs/${dead[0]}`)
    await page.getByText('it is broken').nth(2).waitFor()
    expect(page.faults).toEqual([])
  })

  test('a limit key rests for some time', async () => {
    await using page = await openConsole(browser, stage.service, '/jobs')
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'parcels', exact: true }) })
    await card.getByRole('button', { name: 'Let a key rest' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Limit key').fill('example.com')
    await dialog.getByLabel('Seconds from now').fill('3600')
    expect(await accessFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Let it rest' }).click()
    await dialog.getByText('example.com rests.').waitFor()
    const held = await make({ payload: {}, limit_key: 'example.com' })
    const free = await make({ payload: {}, limit_key: 'example.org' })
    await page.goto(`${stage.service.url}/console/jobs/${free}`)
    await page.getByText('completed', { exact: true }).waitFor()
    const { body } = await must(200, stage.call<PageView<JobView>>('GET', '/v1/jobs?queue=parcels&state=available'))
    expect(body.data.map(({ id }) => id)).toEqual([held])
    expect(page.faults).toEqual([])
  })
})
