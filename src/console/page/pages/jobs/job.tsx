import { useParams } from 'wouter'
import type { Job } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { JobLog } from './job-log.tsx'
import { jobWords } from './words.ts'

export default function JobPage() {
  const words = useWords(jobWords)
  const { id = '' } = useParams()
  const query = useApi('readJob', { path: { id } }, { every: 2_000 })
  return (
    <Page title={`${words.job} ${id}`} actions={query.data && <Actions job={query.data} />}>
      <Loaded query={query}>{job => <About job={job} />}</Loaded>
      <JobLog id={id} />
    </Page>
  )
}

function About({ job }: { job: Job }) {
  const words = useWords(jobWords)
  const { kind, queue, state, attempt, max_attempts, created_at, run_at, payload, progress, result, errors } = job
  return (
    <Card>
      <Facts
        of={[
          [words.state, <Status key="state" state={state} />],
          [words.kind, kind],
          [words.queue, queue],
          [words.attempt, `${attempt} / ${max_attempts}`],
          [words.made, <Time key="made" at={created_at} />],
          [words.due, <Time key="due" at={run_at} />],
        ]}
      />
      <h2 className="small">{words.payload}</h2>
      <Json value={payload} label={words.payload} />
      {progress !== null && (
        <>
          <h2 className="small">{words.progress}</h2>
          <Json value={progress} label={words.progress} />
        </>
      )}
      {result !== null && (
        <>
          <h2 className="small">{words.result}</h2>
          <Json value={result} label={words.result} />
        </>
      )}
      {errors.length > 0 && (
        <>
          <h2 className="small">{words.errors}</h2>
          <ol className="versions">
            {errors.map(error => (
              <li key={`${error.attempt} ${error.at}`}>
                {words.attempt} {error.attempt}, <Time at={error.at} />: {error.message}
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  )
}

const canEnd = new Set(['waiting', 'scheduled', 'available', 'running'])

function Actions({ job: { id, state } }: { job: Job }) {
  const words = useWords(jobWords)
  const retry = useAction('retryJob')
  const cancel = useAction('cancelJob')
  if (!useMay('jobs:write')) return null
  const error = retry.error ?? cancel.error
  return (
    <>
      {error && <ErrorBox error={error} />}
      {(state === 'discarded' || state === 'cancelled') && (
        <Button kind="main" isDisabled={retry.isPending} onPress={() => retry.mutate({ path: { id } })}>
          {words.retry}
        </Button>
      )}
      {canEnd.has(state) && (
        <Button kind="danger" isDisabled={cancel.isPending} onPress={() => cancel.mutate({ path: { id } })}>
          {words.cancel}
        </Button>
      )}
    </>
  )
}
