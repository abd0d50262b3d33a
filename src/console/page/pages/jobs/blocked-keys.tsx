import { Link } from 'wouter'
import type { BlockedKey } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { jobWords } from './words.ts'

/** Keys whose jobs wait for one that went wrong, each with the ways on: once more, or without it. */
export function BlockedKeys({ queue }: { queue: string }) {
  const words = useWords(jobWords)
  const { more } = useWords(commonWords)
  const list = useList('listBlockedKeys', { path: { name: queue }, query: { limit: 10 } }, { every: 5_000 })
  if (list.error) return <ErrorBox error={list.error} onRetry={() => void list.refetch()} />
  if (list.rows.length === 0) return null
  return (
    <>
      <h3>{words.blocked}</h3>
      <ul className="versions">
        {list.rows.map(blocked => (
          <One key={blocked.order_key} of={blocked} />
        ))}
      </ul>
      {list.hasNextPage && <Button onPress={() => void list.fetchNextPage()}>{more}</Button>}
    </>
  )
}

function One({ of: { order_key, job_id, reason, error, jobs_behind, next_attempt_at } }: { of: BlockedKey }) {
  const words = useWords(jobWords)
  const retry = useAction('retryJob')
  const pass = useAction('cancelJob')
  const mayWrite = useMay('jobs:write')
  const given = { path: { id: job_id } }
  return (
    <li>
      <Link href={`/jobs/${job_id}`}>
        <code>{order_key}</code>
      </Link>
      : <Status state={reason} /> {error && `${error}, `}
      {jobs_behind} {words.behind}
      {next_attempt_at && (
        <>
          , {words.next} <Time at={next_attempt_at} />
        </>
      )}
      {retry.error && <ErrorBox error={retry.error} />}
      {mayWrite && (
        <div className="actions">
          <Button isDisabled={retry.isPending} onPress={() => retry.mutate(given)}>
            {words.retry}
          </Button>
          <Confirm
            trigger={<Button kind="danger">{words.pass}</Button>}
            title={`${words.pass}: ${order_key}`}
            text={words.passText}
            act={words.pass}
            error={pass.error}
            isBusy={pass.isPending}
            onConfirm={() => pass.mutateAsync(given)}
          />
        </div>
      )}
    </li>
  )
}
