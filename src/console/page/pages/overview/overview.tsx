import { useMemo } from 'react'
import { Link } from 'wouter'
import type { Run } from '../../api/operations.ts'
import { useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Chart } from '../../ui/chart.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { duration, Time } from '../../ui/time.tsx'
import { useLocale, useWords } from '../../words/language.ts'
import { Alerts } from './alerts.tsx'
import { durationAt, minutesOf, successShare } from './statistics.ts'
import { overviewWords } from './words.ts'

const every = 3_000
const hourMs = 3_600_000

/** The start of an hour ago, to the minute: what is asked for stays the same for that long. */
const hourAgo = (): string => new Date(Math.floor((Date.now() - hourMs) / 60_000) * 60_000).toISOString()

export default function Overview() {
  const words = useWords(overviewWords)
  const query = useApi('listRuns', { query: { limit: 500, created_after: hourAgo() } }, { every })
  return (
    <Page title={words.title}>
      {useMay('system:read') && <Alerts />}
      <div className="cards">
        <Loaded query={query}>{({ data }) => <Runs runs={data} />}</Loaded>
        {useMay('queues:read') && <Queues />}
        {useMay('usage:read') && <Spending />}
        {useMay('schedules:read') && <Schedules />}
        {useMay('system:read') && <Processes />}
      </div>
    </Page>
  )
}

const time = (milliseconds: number | null): string => (milliseconds === null ? '–' : duration(milliseconds))

function Runs({ runs }: { runs: Run[] }) {
  const words = useWords(overviewWords)
  const minutes = useMemo(() => minutesOf(runs, Date.now()), [runs])
  const series = useMemo(
    () => [
      { label: words.completed, colour: '--good', values: minutes.map(({ completed }) => completed) },
      { label: words.failed, colour: '--bad', values: minutes.map(({ failed }) => failed) },
    ],
    [minutes, words],
  )
  const share = successShare(runs)
  if (runs.length === 0)
    return (
      <Card title={words.runsAMinute}>
        <div className="empty">
          <p>{words.first}</p>
          <Link href="/playground">{words.toPlayground}</Link>
        </div>
      </Card>
    )
  return (
    <Card title={`${words.runsAMinute}, ${words.lastHour}`}>
      <Chart label={words.runsAMinute} times={minutes.map(({ at }) => at)} series={series} />
      <Facts
        of={[
          [words.succeeded, share === null ? '–' : `${(share * 100).toFixed(1)} %`],
          [words.median, time(durationAt(runs, 0.5))],
          [words.p95, time(durationAt(runs, 0.95))],
        ]}
      />
      {runs.length === 500 && <p className="soft">{words.upTo}</p>}
    </Card>
  )
}

function Queues() {
  const words = useWords(overviewWords)
  const query = useApi('listQueues', { query: { limit: 100 } }, { every })
  return (
    <Card title={words.depth}>
      <Loaded query={query}>
        {({ data }) => {
          const waiting = data.reduce((sum, { counts }) => sum + counts.available + counts.scheduled, 0)
          const oldest = data.flatMap(queue => queue.oldest_available_at ?? []).sort()[0] ?? null
          return (
            <Facts
              of={[
                [words.depth, waiting],
                [words.oldest, <Time key="oldest" at={oldest} />],
                ...data.map(({ name, counts, paused }): [string, string] => [
                  name,
                  `${counts.available} + ${counts.running}${paused ? ' (paused)' : ''}`,
                ]),
              ]}
            />
          )
        }}
      </Loaded>
    </Card>
  )
}

function Spending() {
  const words = useWords(overviewWords)
  const locale = useLocale()
  const from = new Date().toISOString().slice(0, 10)
  const query = useApi('readUsage', { query: { from, limit: 1 } }, { every: 10_000 })
  const mayRead = useMay('budgets:read')
  const budgets = useApi('listBudgets', { query: { limit: 20 } }, { every: 10_000, enabled: mayRead })
  return (
    <Card title={words.today}>
      <Loaded query={query}>
        {({ data: [sum] }) => (
          <Facts
            of={[
              [words.tokens, (sum?.total_tokens ?? 0).toLocaleString(locale)],
              ['$', (sum?.cost_usd ?? 0).toFixed(2)],
              ...(budgets.data?.data ?? []).flatMap(({ id, scope, subject, limits, current }): [string, string][] =>
                limits.max_cost_usd === undefined
                  ? []
                  : [
                      [
                        `${words.budgets}: ${subject ?? scope} (${id.slice(-4)})`,
                        `$${current.spent.cost_usd.toFixed(2)} ${words.of} $${limits.max_cost_usd}`,
                      ],
                    ],
              ),
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}

function Schedules() {
  const words = useWords(overviewWords)
  const query = useApi('listSchedules', { query: { limit: 100 } }, { every: 10_000 })
  return (
    <Card title={words.schedules}>
      <Loaded query={query}>
        {({ data }) => {
          const next = data
            .flatMap(({ id, name, agent, next_fire_at }) =>
              next_fire_at ? [{ id, title: name ?? agent, at: next_fire_at }] : [],
            )
            .sort((a, b) => (a.at < b.at ? -1 : 1))
            .slice(0, 5)
          if (next.length === 0) return <p className="soft">{words.noSchedules}</p>
          return <Facts of={next.map(({ id, title, at }) => [title, <Time key={id} at={at} />])} />
        }}
      </Loaded>
    </Card>
  )
}

function Processes() {
  const words = useWords(overviewWords)
  const query = useApi('readSystem', {}, { every: 5_000 })
  return (
    <Card title={words.processes}>
      <Loaded query={query}>
        {({ processes }) => (
          <Facts
            of={processes.map(({ id, host, version, roles, state }) => [
              `${host} · ${version}`,
              <span key={id}>
                <Status state={state} /> {roles.join(', ')}
              </span>,
            ])}
          />
        )}
      </Loaded>
    </Card>
  )
}
