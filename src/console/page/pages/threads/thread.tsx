import { Link, useLocation, useParams } from 'wouter'
import type { Message } from '../../api/operations.ts'
import { useAction, useApi, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { Edit } from './edit.tsx'
import { threadWords } from './words.ts'

export default function ThreadPage() {
  const words = useWords(threadWords)
  const { id = '' } = useParams()
  const query = useApi('readThread', { path: { id } }, { every: 5_000 })
  const mayRead = useMay('runs:read')
  const mayWrite = useMay('threads:write')
  return (
    <Page
      title={`${words.thread} ${id}`}
      actions={
        mayWrite && (
          <>
            {query.data && <Edit thread={query.data} />}
            <Remove id={id} />
          </>
        )
      }
    >
      <Loaded query={query}>
        {({ created_at, updated_at, expires_at, metadata, summary }) => (
          <Card>
            <Facts
              of={[
                [words.created, <Time key="created" at={created_at} />],
                [words.updated, <Time key="updated" at={updated_at} />],
                [words.expires, <Time key="expires" at={expires_at} />],
              ]}
            />
            <Json value={metadata} label={words.metadata} />
            {summary && (
              <>
                <h2 className="small">{words.summary}</h2>
                <p className="said">{summary.content}</p>
              </>
            )}
          </Card>
        )}
      </Loaded>
      <Messages id={id} />
      {mayRead && <RunsOfThread id={id} />}
    </Page>
  )
}

function Messages({ id }: { id: string }) {
  const words = useWords(threadWords)
  const { more } = useWords(commonWords)
  const { rows, error, isPending, refetch, hasNextPage, fetchNextPage } = useList(
    'listMessages',
    { path: { id } },
    { every: 5_000 },
  )
  return (
    <Card title={words.messages}>
      {error && <ErrorBox error={error} onRetry={() => void refetch()} />}
      {!isPending && rows.length === 0 && <p className="soft">{words.noMessages}</p>}
      <div className="talk">
        {rows.map(message => (
          <One key={message.id} message={message} />
        ))}
      </div>
      {hasNextPage && <Button onPress={() => void fetchNextPage()}>{more}</Button>}
    </Card>
  )
}

function One({ message: { role, content, run_id, created_at } }: { message: Message }) {
  return (
    <div className={role === 'user' ? 'mine' : 'theirs'}>
      <span className="soft">
        {role} · <Time at={created_at} />{' '}
        {run_id && (
          <Link href={`/runs/${run_id}`}>
            <code>{run_id.slice(-8)}</code>
          </Link>
        )}
      </span>
      {typeof content === 'string' ? <p className="said">{content}</p> : <Json value={content} label={role} />}
    </div>
  )
}

function RunsOfThread({ id }: { id: string }) {
  const words = useWords(threadWords)
  const query = useApi('listRuns', { query: { thread_id: id, limit: 20 } }, { every: 5_000 })
  return (
    <Card title={words.runs}>
      <Loaded query={query}>
        {({ data }) => (
          <Facts
            of={data.map(run => [
              run.agent,
              <Link key={run.id} href={`/runs/${run.id}`}>
                <Status state={run.status} /> <Time at={run.created_at} />
              </Link>,
            ])}
          />
        )}
      </Loaded>
    </Card>
  )
}

function Remove({ id }: { id: string }) {
  const words = useWords(threadWords)
  const [, go] = useLocation()
  const remove = useAction('deleteThread', { onDone: () => go('/threads') })
  return (
    <Confirm
      trigger={<Button kind="danger">{words.remove}</Button>}
      title={words.remove}
      text={words.removeText}
      act={words.remove}
      error={remove.error}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutateAsync({ path: { id } })}
    />
  )
}
