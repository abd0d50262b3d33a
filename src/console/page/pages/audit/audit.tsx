import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { AuditEntry } from '../../api/operations.ts'
import { useApi, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Opened } from '../../ui/opened.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { Entry } from './entry.tsx'
import { type Filter, Filters, filterOf } from './filters.tsx'
import { auditWords } from './words.ts'

export default function Audit() {
  const words = useWords(auditWords)
  const [search, setSearch] = useSearchParams()
  const filter = filterOf(search)
  const list = useList('listAudit', { query: filter }, { every: 5_000 })
  const [entry, setEntry] = useState<AuditEntry | null>(null)
  const nameOf = useNames()
  const narrow = (chosen: Filter) => {
    setEntry(null)
    setSearch(new URLSearchParams(Object.entries(chosen).map(([name, value]) => [name, String(value)])))
  }
  const columns: Column<AuditEntry>[] = [
    { id: 'when', title: words.when, width: '7rem', cell: ({ at }) => <Time at={at} /> },
    {
      id: 'action',
      title: words.action,
      width: 'minmax(11.5rem, 1fr)',
      cell: each => (
        <Button kind="quiet" onPress={() => setEntry(each)}>
          {each.action}
        </Button>
      ),
    },
    {
      id: 'actor',
      title: words.actor,
      width: 'minmax(9rem, 1fr)',
      cell: ({ actor }) => <span title={actor}>{nameOf(actor)}</span>,
    },
    {
      id: 'target',
      title: words.target,
      width: 'minmax(10rem, 2fr)',
      cell: ({ target: { type, id } }) => (
        <span title={id}>
          {type} <code>{id}</code>
        </span>
      ),
    },
    { id: 'address', title: words.address, width: '8rem', cell: ({ address }) => address ?? '–' },
  ]
  return (
    <Page title={words.title}>
      <Filters filter={filter} onChange={narrow} />
      <DataTable
        label={words.title}
        columns={columns}
        list={list}
        rowId={({ seq }) => String(seq)}
        empty={words.empty}
      />
      <Opened title={`${words.entry} ${entry?.seq ?? ''}`} isOpen={entry !== null} onClose={() => setEntry(null)}>
        {entry && <Entry entry={entry} name={nameOf(entry.actor)} onNarrow={narrow} onClose={() => setEntry(null)} />}
      </Opened>
    </Page>
  )
}

/** What keys are called, where one may know it. */
function useNames(): (actor: string) => string {
  const { configured } = useWords(auditWords)
  const { data } = useApi('listKeys', { query: { limit: 500 } }, { enabled: useMay('keys:read') })
  return actor => (actor === 'key_configured' ? configured : (data?.data.find(({ id }) => id === actor)?.name ?? actor))
}
