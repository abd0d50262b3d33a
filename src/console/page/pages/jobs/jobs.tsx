import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import type { Job, Queue } from '../../api/operations.ts'
import { useApi, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice } from '../../ui/field.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { DeadLetters } from './dead-letters.tsx'
import { QueueCard } from './queue-card.tsx'
import { jobWords } from './words.ts'

const states = ['waiting', 'scheduled', 'available', 'running', 'completed', 'cancelled', 'discarded'] as const

export default function Jobs() {
  const words = useWords(jobWords)
  const mayRead = useMay('queues:read')
  const queues = useApi('listQueues', { query: { limit: 100 } }, { every: 3_000, enabled: mayRead })
  return (
    <Page title={words.title}>
      {mayRead && (
        <Loaded query={queues}>
          {({ data }) => (
            <div className="cards even">
              {data.map(queue => (
                <QueueCard key={queue.name} queue={queue} />
              ))}
            </div>
          )}
        </Loaded>
      )}
      <List queues={queues.data?.data ?? []} />
    </Page>
  )
}

function List({ queues }: { queues: Queue[] }) {
  const words = useWords(jobWords)
  const { all } = useWords(commonWords)
  const [search, setSearch] = useSearchParams()
  const [chosen, setChosen] = useState<string[]>([])
  const state = states.find(each => each === search.get('state'))
  const queue = search.get('queue') ?? ''
  const list = useList('listJobs', { query: { ...(state && { state }), ...(queue && { queue }) } }, { every: 3_000 })
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
  const isChoosing = useMay('jobs:write') && state === 'discarded'
  const choose = (id: string, isChosen: boolean) =>
    setChosen(before => (isChosen ? [...before, id].slice(-mostChosen) : before.filter(each => each !== id)))
  const columns: Column<Job>[] = [
    ...(isChoosing ? [chosenColumn(words.choose, chosen, choose)] : []),
    {
      id: 'id',
      title: words.job,
      width: 'minmax(9rem, 2fr)',
      cell: ({ id }) => (
        <Link href={`/jobs/${id}`}>
          <code>{id}</code>
        </Link>
      ),
    },
    { id: 'kind', title: words.kind, width: 'minmax(6rem, 1fr)', cell: job => job.kind },
    { id: 'queue', title: words.queue, width: '7rem', cell: job => job.queue },
    { id: 'state', title: words.state, width: '7rem', cell: job => <Status state={job.state} /> },
    { id: 'attempt', title: words.attempt, width: '5rem', cell: job => `${job.attempt} / ${job.max_attempts}` },
    { id: 'made', title: words.made, width: '8rem', cell: job => <Time at={job.created_at} /> },
  ]
  return (
    <>
      <div className="filters">
        <Choice
          label={words.state}
          value={state ?? ''}
          options={[['', all] as const, ...states.map(each => [each, each] as const)]}
          onChange={value => set('state', value)}
        />
        <Choice
          label={words.queue}
          value={queue}
          options={[['', all] as const, ...queues.map(({ name }) => [name, name] as const)]}
          onChange={value => set('queue', value)}
        />
        <Button onPress={() => set('state', 'discarded')}>{words.dead}</Button>
        {isChoosing && (
          <DeadLetters
            chosen={chosen.filter(id => list.rows.some(job => job.id === id))}
            queues={queues.filter(({ name }) => queue === '' || name === queue)}
            onDone={() => setChosen([])}
          />
        )}
      </div>
      <DataTable label={words.title} columns={columns} list={list} rowId={({ id }) => id} empty={words.empty} />
    </>
  )
}

/** The API takes no more by their ids. */
const mostChosen = 1_000

const chosenColumn = (
  label: string,
  chosen: string[],
  choose: (id: string, isChosen: boolean) => void,
): Column<Job> => ({
  id: 'chosen',
  title: label,
  width: '4rem',
  cell: ({ id }) => (
    <input
      type="checkbox"
      aria-label={`${label} ${id}`}
      checked={chosen.includes(id)}
      onChange={({ target }) => choose(id, target.checked)}
    />
  ),
})
