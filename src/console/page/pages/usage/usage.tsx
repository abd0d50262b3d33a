import { useMemo, useState } from 'react'
import { addressOf } from '../../api/call.ts'
import type { UsageSum } from '../../api/operations.ts'
import { useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Chart } from '../../ui/chart.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Page } from '../../ui/page.tsx'
import { useLocale, useWords } from '../../words/language.ts'
import { Budgets } from './budgets.tsx'
import { usageWords } from './words.ts'

const groups = ['day', 'agent', 'model', 'key'] as const
const dayMs = 86_400_000
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

export default function Usage() {
  const words = useWords(usageWords)
  const locale = useLocale()
  const [from, setFrom] = useState(() => dayOf(Date.now() - 29 * dayMs))
  const [to, setTo] = useState(() => dayOf(Date.now()))
  const [group, setGroup] = useState<(typeof groups)[number]>('day')
  const query = { group_by: group, from, to }
  const list = useList('readUsage', { query }, { every: 15_000 })
  const columns: Column<UsageSum>[] = [
    { id: 'group', title: words[group], width: 'minmax(8rem, 2fr)', cell: sum => sum[group] ?? '–' },
    { id: 'runs', title: words.runs, width: '6rem', cell: sum => sum.runs ?? '–' },
    { id: 'calls', title: words.calls, width: '7rem', cell: sum => sum.model_calls },
    { id: 'tokens', title: words.tokens, width: '8rem', cell: sum => sum.total_tokens.toLocaleString(locale) },
    { id: 'cost', title: words.cost, width: '6rem', cell: sum => `$${sum.cost_usd.toFixed(4)}` },
  ]
  const { times, series } = useMemo(() => byDay(list.rows, words.tokens), [list.rows, words])
  return (
    <Page title={words.title} actions={<a href={addressOf('downloadUsage', { query })}>{words.csv}</a>}>
      <div className="filters">
        <Field label={words.from} type="date" value={from} onChange={setFrom} />
        <Field label={words.to} type="date" value={to} onChange={setTo} />
        <Choice
          label={words.by}
          value={group}
          options={groups.map(each => [each, words[each]] as const)}
          onChange={setGroup}
        />
      </div>
      {group === 'day' && times.length > 1 && <Chart label={words.tokens} times={times} series={series} />}
      <DataTable
        label={words.title}
        columns={columns}
        list={list}
        rowId={({ day, agent, model, key }) => [day, agent, model, key].join(' ')}
        empty={words.empty}
      />
      {useMay('budgets:read') && <Budgets />}
    </Page>
  )
}

/** The first day first. */
function byDay(sums: UsageSum[], label: string) {
  const days = sums.flatMap(({ day, total_tokens }) => (day === null ? [] : [{ day, total_tokens }]))
  days.sort((a, b) => (a.day < b.day ? -1 : 1))
  return {
    times: days.map(({ day }) => Date.parse(day) / 1_000),
    series: [{ label, colour: '--accent', values: days.map(({ total_tokens }) => total_tokens) }],
  }
}
