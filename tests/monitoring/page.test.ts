import { expect, test } from 'bun:test'
import { freePort } from '../../scripts/services/free-port.ts'
import { callOf, must } from '../api/stage.ts'
import { testsOfProcesses, track } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import { createDatabase } from '../support/database.ts'
import { startService } from '../support/service.ts'
import { startPager } from './pager.ts'
import { startPrometheus } from './prometheus.ts'
import { isAlert, programs, type Rules, readRules } from './shipped.ts'

testsOfProcesses({ timeoutMs: 240_000 })

/** Time goes so many times as fast as in the shipped files: scrapes of 15 s take one, and so on for every other time. */
const faster = 15
const seconds = { s: 1, m: 60, h: 3600 }

function scaled(duration: string): string {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(duration) ?? []
  if (unit !== 's' && unit !== 'm' && unit !== 'h') throw new Error(`No duration: ${duration}`)
  return `${Math.ceil((Number(count) * seconds[unit] * 1000) / faster)}ms`
}

/** The shipped rules; but for their patience each is as it is. */
const impatient = ({ groups }: Rules): Rules => ({
  groups: groups.map(({ name, rules }) => ({
    name,
    rules: rules.map(rule => (isAlert(rule) && rule.for !== undefined ? { ...rule, for: scaled(rule.for) } : rule)),
  })),
})

test.skipIf(!programs)('whoever is to be woken learns that the process was killed, and that it is back', async () => {
  await using database = await createDatabase('sqlite')
  const env = { DATABASE_URL: database.url, PORT: String(freePort()) }
  await using service = await startService({ env })
  track(service.process)
  const { key } = (
    await must(201, callOf(service)<{ key: string }>('POST', '/v1/keys', { name: 'scraper', scopes: ['metrics:read'] }))
  ).body
  await using pager = await startPager(scaled)
  await using prometheus = await startPrometheus({
    services: [service],
    key,
    rules: impatient(await readRules()),
    alertmanager: pager.alertmanager,
  })
  const isUp = async () => (await prometheus.query('up{job="bunkhouse"} == 1')).length === 1
  await until('it is scraped', isUp)
  // Before the first scrape nothing is there.
  await until('nothing is wrong', async () => {
    const evaluated = await prometheus.query('bunkhouse:disk_free:ratio')
    return evaluated.length === 1 && (await prometheus.alerts()).length === 0
  })

  await service.stop('SIGKILL')
  const instance = new URL(service.url).host
  const page = await pager.page('BunkhouseDown', 'firing')
  expect(page).toMatchObject({
    labels: { severity: 'critical', job: 'bunkhouse', instance },
    annotations: { summary: `${instance} does not answer`, runbook_url: 'docs/runbooks.md#bunkhousedown' },
  })

  await using again = await startService({ env })
  track(again.process)
  expect((await pager.page('BunkhouseDown', 'resolved')).labels).toEqual(page.labels)
  expect(await isUp()).toBe(true)
  // And nothing else, to nobody else.
  const pages = pager.messages.flatMap(({ receiver, alerts }) =>
    alerts.map(({ labels }) => [receiver, labels.alertname]),
  )
  expect(new Set(pages.map(String))).toEqual(new Set(['operator,BunkhouseDown']))
})
