import { useList } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Card } from '../../ui/page.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useLocale, useWords } from '../../words/language.ts'
import { jobWords } from './words.ts'

/** What a job has said, attempt by attempt. */
export function JobLog({ id }: { id: string }) {
  const words = useWords(jobWords)
  const { more } = useWords(commonWords)
  const locale = useLocale()
  const list = useList('listJobLogs', { path: { id } }, { every: 2_000, pageBy: 'after' })
  return (
    <Card title={words.logs}>
      {list.error && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
      {!list.isPending && list.rows.length === 0 && <p className="soft">{words.noLogs}</p>}
      <ol className="log" aria-label={words.logs}>
        {list.rows.map(({ attempt, line, message, created_at }) => (
          <li key={`${attempt}.${line}`}>
            <span className="soft">
              {attempt} · <time dateTime={created_at}>{new Date(created_at).toLocaleTimeString(locale)}</time>
            </span>{' '}
            {message}
          </li>
        ))}
      </ol>
      {list.hasNextPage && <Button onPress={() => void list.fetchNextPage()}>{more}</Button>}
    </Card>
  )
}
