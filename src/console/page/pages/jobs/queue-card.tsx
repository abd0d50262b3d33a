import type { Answer, Given } from '../../api/call.ts'
import type { Queue } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Card, Facts } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { LimitsForm } from './limits-form.tsx'
import { jobWords } from './words.ts'

export function QueueCard({ queue: { name, paused, counts, limits, oldest_available_at } }: { queue: Queue }) {
  const words = useWords(jobWords)
  const pause = useAction('pauseQueue', { assume: { of: 'listQueues', change: isPaused(true) } })
  const resume = useAction('resumeQueue', { assume: { of: 'listQueues', change: isPaused(false) } })
  const mayWrite = useMay('queues:write')
  const blocked = useApi('listBlockedKeys', { path: { name }, query: { limit: 10 } }, { every: 10_000 })
  const set = Object.entries(limits).filter(([, limit]) => limit !== null)
  const error = pause.error ?? resume.error
  return (
    <Card title={name}>
      {paused && (
        <p>
          <Status state="paused" />
        </p>
      )}
      <Facts
        of={[
          ...Object.entries(counts).map(([state, count]): [string, number] => [state, count]),
          [words.oldest, <Time key="oldest" at={oldest_available_at} />],
          ...(set.length > 0
            ? [
                [words.limits, set.map(([limit, value]) => `${limit}: ${JSON.stringify(value)}`).join(', ')] as [
                  string,
                  string,
                ],
              ]
            : []),
        ]}
      />
      {blocked.data && blocked.data.data.length > 0 && (
        <>
          <h3>{words.blocked}</h3>
          <ul className="versions">
            {blocked.data.data.map(({ order_key, error: why, jobs_behind }) => (
              <li key={order_key}>
                <code>{order_key}</code>: {why}, {jobs_behind} {words.behind}
              </li>
            ))}
          </ul>
        </>
      )}
      {error && <ErrorBox error={error} />}
      {mayWrite && (
        <div className="actions">
          <Button
            isDisabled={pause.isPending || resume.isPending}
            onPress={() => (paused ? resume : pause).mutate({ path: { name } })}
          >
            {paused ? words.resume : words.pause}
          </Button>
          <Dialog trigger={<Button>{words.setLimits}</Button>} title={`${words.limits}: ${name}`}>
            {close => <LimitsForm queue={name} of={limits} onClose={close} />}
          </Dialog>
        </div>
      )}
    </Card>
  )
}

const isPaused =
  (paused: boolean) =>
  (shown: Answer<'listQueues'>, { path }: Given<'pauseQueue'>): Answer<'listQueues'> => ({
    ...shown,
    data: shown.data.map(queue => (queue.name === path.name ? { ...queue, paused } : queue)),
  })
