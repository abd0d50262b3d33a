import { Link, useParams } from 'wouter'
import type { DeliveryWithTries } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { duration, Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { webhookWords } from './words.ts'

export default function DeliveryPage() {
  const words = useWords(webhookWords)
  const { id = '' } = useParams()
  const query = useApi('readDelivery', { path: { id } }, { every: 2_000 })
  const replay = useAction('replayDelivery')
  const mayWrite = useMay('webhooks:write')
  const mayReadRuns = useMay('runs:read')
  return (
    <Page title={`${words.delivery} ${query.data?.event ?? ''}`}>
      <Loaded query={query}>
        {delivery => (
          <>
            <Card>
              <Facts of={factsOf(delivery, words, mayReadRuns)} />
              <p className="soft">{words.bodyText}</p>
              {replay.error && <ErrorBox error={replay.error} />}
              {mayWrite && delivery.state !== 'pending' && (
                <>
                  <Button kind="main" isDisabled={replay.isPending} onPress={() => replay.mutate({ path: { id } })}>
                    {words.replay}
                  </Button>
                  <p className="soft">{words.replayText}</p>
                </>
              )}
            </Card>
            <Card title={words.tries}>
              {delivery.tries.length === 0 && <p className="soft">{words.noTries}</p>}
              <ol className="timeline">
                {delivery.tries.map(({ at, status, duration_ms, error, answer }) => (
                  <li key={at} className={`entry ${error === null ? 'tool' : 'bad'}`}>
                    <p className="entry-head">
                      <strong>{status ?? words.noAnswer}</strong>{' '}
                      <span className="soft">
                        <Time at={at} /> · {duration(duration_ms)}
                      </span>
                    </p>
                    {error !== null && <p className="said">{error}</p>}
                    {answer !== null && answer !== '' && <Json value={answer} label={words.answer} />}
                  </li>
                ))}
              </ol>
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  )
}

const factsOf = (
  { state, url, attempts, created_at, next_attempt_at, finished_at, message_id, webhook_id, run_id }: DeliveryWithTries,
  words: (typeof webhookWords)['en'],
  mayReadRuns: boolean,
): [string, React.ReactNode][] => [
  [words.state, <Status key="state" state={state} />],
  [
    words.webhook,
    webhook_id === null ? (
      words.toRun
    ) : (
      <Link key="webhook" href={`/webhooks/${webhook_id}`}>
        <code>{webhook_id}</code>
      </Link>
    ),
  ],
  [words.url, url],
  [words.attempts, attempts],
  [words.created, <Time key="created" at={created_at} />],
  ...(next_attempt_at === null
    ? []
    : [[words.nextAttempt, <Time key="next" at={next_attempt_at} />] as [string, React.ReactNode]]),
  [words.finished, <Time key="finished" at={finished_at} />],
  [words.message, <code key="message">{message_id}</code>],
  ...(run_id === null
    ? []
    : [
        [
          words.run,
          mayReadRuns ? (
            <Link key="run" href={`/runs/${run_id}`}>
              <code>{run_id}</code>
            </Link>
          ) : (
            <code key="run">{run_id}</code>
          ),
        ] as [string, React.ReactNode],
      ]),
]
