import { type FormEvent, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import type { Run } from '../../api/operations.ts'
import { useApi, useList } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { duration, Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { runWords } from './words.ts'

const statuses = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const

/** How long a run has taken; null before its end. */
export const tookOf = ({ started_at, finished_at }: Pick<Run, 'started_at' | 'finished_at'>): string | null =>
  started_at && finished_at ? duration(Date.parse(finished_at) - Date.parse(started_at)) : null

export default function Runs() {
  const words = useWords(runWords)
  const { all } = useWords(commonWords)
  // In the address, so that a link shows the same.
  const [search, setSearch] = useSearchParams()
  const status = statuses.find(each => each === search.get('status'))
  const agent = search.get('agent') ?? ''
  const list = useList('listRuns', { query: { ...(status && { status }), ...(agent && { agent }) } }, { every: 3_000 })
  const agents = useApi('listAgents', { query: { limit: 500 } })
  const set = (name: string, value: string) =>
    setSearch(
      before => {
        const after = new URLSearchParams(before)
        if (value === '') after.delete(name)
        else after.set(name, value)
        return after
      },
      { replace: true },
    )
  const columns: Column<Run>[] = [
    {
      id: 'id',
      title: words.run,
      width: 'minmax(9rem, 2fr)',
      cell: ({ id }) => (
        <Link href={`/runs/${id}`}>
          <code>{id}</code>
        </Link>
      ),
    },
    { id: 'agent', title: words.agent, width: 'minmax(6rem, 1fr)', cell: run => run.agent },
    { id: 'status', title: words.status, width: '7.5rem', cell: run => <Status state={run.status} /> },
    { id: 'created', title: words.created, width: '8rem', cell: run => <Time at={run.created_at} /> },
    { id: 'took', title: words.took, width: '6rem', cell: run => tookOf(run) ?? '–' },
    { id: 'tokens', title: words.tokens, width: '5rem', cell: run => run.usage.total_tokens },
  ]
  return (
    <Page title={words.title} actions={<OpenById />}>
      <div className="filters">
        <Choice
          label={words.status}
          value={status ?? ''}
          options={[['', all] as const, ...statuses.map(each => [each, each] as const)]}
          onChange={value => set('status', value)}
        />
        <Choice
          label={words.agent}
          value={agent}
          options={[
            ['', words.anyAgent] as const,
            ...(agents.data?.data ?? []).map(({ name }) => [name, name] as const),
          ]}
          onChange={value => set('agent', value)}
        />
      </div>
      <DataTable label={words.title} columns={columns} list={list} rowId={run => run.id} empty={words.noRuns} />
    </Page>
  )
}

/** For an id from a log or a message. */
function OpenById() {
  const words = useWords(runWords)
  const [, go] = useLocation()
  const [id, setId] = useState('')
  const open = (event: FormEvent) => {
    event.preventDefault()
    if (id.trim() !== '') go(`/runs/${encodeURIComponent(id.trim())}`)
  }
  return (
    <form onSubmit={open} className="inline">
      <Field label={words.find} value={id} onChange={setId} placeholder={words.findHint} />
      <Button type="submit">{words.open}</Button>
    </form>
  )
}
