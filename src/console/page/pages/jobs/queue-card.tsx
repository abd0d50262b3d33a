import type { Answer, Given } from '../../api/call.ts'
import type { Queue } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Card, Facts } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { BlockedKeys } from './blocked-keys.tsx'
import { LimitsForm } from './limits-form.tsx'
import { RestForm } from './rest-form.tsx'
import { jobWords } from './words.ts'

export function QueueCard({ queue: { name, paused, counts, limits, oldest_available_at } }: { queue: Queue }) {
  const words = useWords(jobWords)
  const pause = useAction('pauseQueue', { assume: { of: 'listQueues', change: isPaused(true) } })
  const resume = useAction('resumeQueue', { assume: { of: 'listQueues', change: isPaused(false) } })
  const mayWrite = useMay('queues:write')
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
      <BlockedKeys queue={name} />
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
          <Dialog trigger={<Button>{words.restKey}</Button>} title={`${words.restKey}: ${name}`}>
            {close => <RestForm queue={name} onClose={close} />}
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
