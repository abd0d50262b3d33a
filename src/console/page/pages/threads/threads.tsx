import { Link } from 'wouter'
import type { Thread } from '../../api/operations.ts'
import { useList } from '../../api/use-api.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { threadWords } from './words.ts'

export default function Threads() {
  const words = useWords(threadWords)
  const list = useList('listThreads', {}, { every: 5_000 })
  const columns: Column<Thread>[] = [
    {
      id: 'id',
      title: words.thread,
      width: 'minmax(9rem, 2fr)',
      cell: ({ id }) => (
        <Link href={`/threads/${id}`}>
          <code>{id}</code>
        </Link>
      ),
    },
    { id: 'created', title: words.created, width: '8rem', cell: thread => <Time at={thread.created_at} /> },
    { id: 'updated', title: words.updated, width: '8rem', cell: thread => <Time at={thread.updated_at} /> },
    { id: 'expires', title: words.expires, width: '8rem', cell: thread => <Time at={thread.expires_at} /> },
    {
      id: 'metadata',
      title: words.metadata,
      width: 'minmax(8rem, 1fr)',
      cell: thread => <code>{JSON.stringify(thread.metadata)}</code>,
    },
  ]
  return (
    <Page title={words.title}>
      <DataTable label={words.title} columns={columns} list={list} rowId={({ id }) => id} empty={words.empty} />
    </Page>
  )
}
