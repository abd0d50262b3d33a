import { Link, useSearchParams } from 'wouter'
import type { Delivery } from '../../api/operations.ts'
import type { useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Choice } from '../../ui/field.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { ReplayFailed } from './replay-failed.tsx'
import { webhookWords } from './words.ts'

const states = ['pending', 'delivered', 'failed'] as const
type State = (typeof states)[number]

/** In the address, so that a link shows the same. */
export function useDeliveryState(): [state: State | undefined, set: (state: State | '') => void] {
  const [search, setSearch] = useSearchParams()
  return [
    states.find(each => each === search.get('state')),
    state => setSearch(state === '' ? {} : { state }, { replace: true }),
  ]
}

interface Props {
  title: string
  list: ReturnType<typeof useList<'listDeliveries'>>
  state: State | undefined
  onState: (state: State | '') => void
  /** Those of one; without: all. */
  webhookId?: string
}

export function Deliveries({ title, list, state, onState, webhookId }: Props) {
  const words = useWords(webhookWords)
  const { all } = useWords(commonWords)
  const mayWrite = useMay('webhooks:write')
  const columns: Column<Delivery>[] = [
    {
      id: 'event',
      title: words.event,
      width: 'minmax(9rem, 1fr)',
      cell: ({ id, event }) => <Link href={`/webhooks/deliveries/${id}`}>{event}</Link>,
    },
    { id: 'state', title: words.state, width: '6.5rem', cell: each => <Status state={each.state} /> },
    { id: 'attempts', title: words.attempts, width: '5.5rem', cell: ({ attempts }) => attempts },
    {
      id: 'error',
      title: words.lastError,
      width: 'minmax(9rem, 2fr)',
      cell: ({ last_error }) => <span title={last_error ?? ''}>{last_error ?? '–'}</span>,
    },
    { id: 'created', title: words.created, width: '7rem', cell: ({ created_at }) => <Time at={created_at} /> },
    { id: 'next', title: words.nextAttempt, width: '7rem', cell: each => <Time at={each.next_attempt_at} /> },
  ]
  return (
    <>
      <div className="page-head">
        <h2>{title}</h2>
        <div className="actions">
          <Choice
            label={words.state}
            value={state ?? ''}
            options={[['', all] as const, ...states.map(each => [each, each] as const)]}
            onChange={onState}
          />
          {mayWrite && <ReplayFailed {...(webhookId !== undefined && { webhookId })} />}
        </div>
      </div>
      <DataTable label={title} columns={columns} list={list} rowId={({ id }) => id} empty={words.noDeliveries} />
    </>
  )
}
