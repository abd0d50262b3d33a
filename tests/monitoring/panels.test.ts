import { expect, test } from 'bun:test'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { makeWorld } from '../lifecycle/world.ts'
import { engines } from '../support/database.ts'
import { type Question, readQuestions } from './panels.ts'
import { startPrometheus } from './prometheus.ts'
import { programs } from './shipped.ts'
import { agents, freeze, playTraffic, startTraffic, trafficFiles } from './traffic.ts'

testsOfProcesses({ timeoutMs: 300_000 })

/** What no traffic brings about. */
const notPlayed = ['Webhooks', 'Failed turns of background loops', 'Spans that reached no collector']
/** What a single process, which takes its own leases over as it starts, never tells. */
const ofSeveral = ['Rescues and fenced writes']
const enoughMs = 120_000

test.skipIf(!programs).each(engines)('every panel shows what was going on, on %s', async engine => {
  await using world = await makeWorld(engine, agents)
  using files = trafficFiles()
  const processes = engine === 'sqlite' ? 1 : 2
  const services = await Promise.all(Array.from({ length: processes }, () => world.start(files.env)))
  const [first, second] = services
  if (!first) throw new Error('No process was started.')
  await using prometheus = await startPrometheus({ services, key: first.key })
  const since = Date.now()
  await startTraffic(world, first)
  if (second) await freeze(world, second, first)

  const excused = [...notPlayed, ...(second ? [] : ofSeveral), ...(engine === 'postgres' ? ['{{instance}} log'] : [])]
  const isExcused = ({ where }: Question) => where.split(' / ').some(part => excused.includes(part))
  let open = readQuestions()
  expect(open.length).toBeGreaterThan(70)
  while (open.some(question => !isExcused(question)) && Date.now() - since < enoughMs) {
    for (const service of services) await playTraffic(service)
    const answered = await Promise.all(open.map(question => question.answered(prometheus, since)))
    open = open.filter((_, index) => !answered[index])
  }
  expect(open.filter(question => !isExcused(question)).map(({ where }) => where)).toEqual([])
  // Whoever looks at an empty panel reads there that it may be.
  expect(open.filter(({ description }) => !/Empty while|SQLite/.test(description)).map(({ where }) => where)).toEqual(
    [],
  )
  const up = await prometheus.query('sum(up{job="bunkhouse"})')
  expect(up.map(({ values }) => values)).toEqual([[processes]])
})
