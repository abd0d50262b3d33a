import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ApiError, call } from '../../api/call.ts'
import type { Queue, Retried } from '../../api/operations.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { useWords } from '../../words/language.ts'
import { retryAll } from './retry-all.ts'
import { jobWords } from './words.ts'

interface Props {
  /** Ids of those that were chosen in the list. */
  chosen: string[]
  /** Those whose dead letters are listed. */
  queues: Queue[]
  onDone: () => void
}

/** Has dead letters run again: the chosen ones, or all of the queues that are shown. */
export function DeadLetters({ chosen, queues, onDone }: Props) {
  const words = useWords(jobWords)
  const reading = useQueryClient()
  const retry = useMutation<Retried, ApiError, 'chosen' | 'all'>({
    mutationFn: which => (which === 'all' ? retryAll(queues) : call('retryJobs', { body: { ids: chosen } })),
    // Also where it was cut off halfway: some of them are on their queues then.
    onSettled: async () => {
      onDone()
      await reading.invalidateQueries()
    },
  })
  const dead = queues.filter(({ counts }) => counts.discarded > 0)
  const { data } = retry
  return (
    <>
      <Button
        kind="main"
        isDisabled={retry.isPending || chosen.length === 0}
        onPress={() => retry.mutate('chosen')}
      >{`${words.retryChosen} (${chosen.length})`}</Button>
      {dead.length > 0 && (
        <Confirm
          trigger={<Button isDisabled={retry.isPending}>{words.retryAll}</Button>}
          title={words.retryAll}
          text={`${words.retryAllText} ${dead.map(({ name, counts }) => `${name} (${counts.discarded})`).join(', ')}`}
          act={words.retry}
          error={retry.error}
          isBusy={retry.isPending}
          onConfirm={() => retry.mutateAsync('all')}
        />
      )}
      {data && (
        <div role="status">
          {data.retried} {words.retried}
          {data.refused.length > 0 && (
            <ul className="versions">
              {data.refused.slice(0, 20).map(({ id, reason }) => (
                <li key={id}>
                  <code>{id}</code>: {reason}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
      {retry.error && <ErrorBox error={retry.error} />}
    </>
  )
}
