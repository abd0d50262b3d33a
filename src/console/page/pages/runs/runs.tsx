import { Link } from 'wouter'
import type { Run } from '../../api/operations.ts'
import { useList } from '../../api/use-api.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { duration, Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { Find, RunFilters, useRunFilters } from './filters.tsx'
import { runWords } from './words.ts'

/** How long a run has taken; null before its end. */
export const tookOf = ({ started_at, finished_at }: Pick<Run, 'started_at' | 'finished_at'>): string | null =>
  started_at && finished_at ? duration(Date.parse(finished_at) - Date.parse(started_at)) : null

export default function Runs() {
  const words = useWords(runWords)
  const filters = useRunFilters()
  // To look for something again and again would keep the database busy.
  const list = useList('listRuns', { query: filters.query }, { every: filters.isLookedFor ? undefined : 3_000 })
  const lookedTo = list.data?.pages.at(-1)?.looked_to ?? null
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
    <Page title={words.title} actions={<Find filters={filters} />}>
      <RunFilters filters={filters} />
      <DataTable
        label={words.title}
        columns={columns}
        list={list}
        rowId={run => run.id}
        empty={words.noRuns}
        note={
          lookedTo && (
            <>
              {words.lookedTo} <Time at={lookedTo} />
            </>
          )
        }
      />
    </Page>
  )
}
