import { Link, useLocation, useParams } from 'wouter'
import type { Given } from '../../api/call.ts'
import type { Schedule } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { FireLine } from './fire-line.tsx'
import { scheduleWords } from './words.ts'

export default function SchedulePage() {
  const words = useWords(scheduleWords)
  const { id = '' } = useParams()
  const query = useApi('readSchedule', { path: { id } }, { every: 5_000 })
  const coming = useApi('previewSchedule', { path: { id }, query: { count: 10 } }, { every: 30_000 })
  const name = query.data?.name ?? query.data?.agent ?? id
  return (
    <Page title={`${words.schedule} ${name}`} actions={query.data && <Actions schedule={query.data} />}>
      <Loaded query={query}>
        {({ agent, at, cron, timezone, status, next_fire_at, last_fire_at, overlap, catch_up, input, source }) => (
          <Card>
            <Facts
              of={[
                [words.status, <Status key="status" state={status} />],
                [words.rule, <code key="rule">{cron ?? at}</code>],
                [words.zone, timezone],
                [words.agent, agent],
                [words.next, <Time key="next" at={next_fire_at} />],
                [words.last, <Time key="last" at={last_fire_at} />],
                [words.overlap, overlap],
                [words.catchUp, catch_up],
              ]}
            />
            <Json value={input} label={words.input} />
            {source === 'file' && <p className="soft">{words.ofFile}</p>}
          </Card>
        )}
      </Loaded>
      <Card title={words.coming}>
        <Loaded query={coming}>
          {({ data }) => (
            <FireLine
              times={data.map(({ fire_at }) => fire_at)}
              timezone={query.data?.timezone ?? 'UTC'}
              label={words.coming}
            />
          )}
        </Loaded>
      </Card>
      <History id={id} />
    </Page>
  )
}

function History({ id }: { id: string }) {
  const words = useWords(scheduleWords)
  const query = useApi('listOccurrences', { path: { id }, query: { limit: 30 } }, { every: 3_000 })
  return (
    <Card title={words.history}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">{words.noHistory}</p>
          ) : (
            <ul className="versions">
              {data.map(({ fire_at, outcome, detail, run_id, run_status }) => (
                <li key={`${fire_at} ${outcome}`}>
                  <Time at={fire_at} /> <Status state={outcome} /> {detail}{' '}
                  {run_id && (
                    <Link href={`/runs/${run_id}`}>
                      {words.run} <Status state={run_status ?? ''} />
                    </Link>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

function Actions({ schedule: { id, source, status } }: { schedule: Schedule }) {
  const words = useWords(scheduleWords)
  const [, go] = useLocation()
  const pause = useAction('pauseSchedule', { assume: { of: 'readSchedule', change: turnsInto('paused') } })
  const resume = useAction('resumeSchedule', { assume: { of: 'readSchedule', change: turnsInto('active') } })
  const trigger = useAction('triggerSchedule')
  const remove = useAction('deleteSchedule', { onDone: () => go('/schedules') })
  if (!useMay('schedules:write')) return null
  const given = { path: { id } }
  const error = pause.error ?? resume.error ?? trigger.error
  return (
    <>
      {error && <ErrorBox error={error} />}
      {status === 'active' && (
        <Button isDisabled={pause.isPending} onPress={() => pause.mutate(given)}>
          {words.pause}
        </Button>
      )}
      {status === 'paused' && (
        <Button isDisabled={resume.isPending} onPress={() => resume.mutate(given)}>
          {words.resume}
        </Button>
      )}
      <Button kind="main" isDisabled={trigger.isPending} onPress={() => trigger.mutate(given)}>
        {words.trigger}
      </Button>
      {source === 'api' && (
        <Confirm
          trigger={<Button kind="danger">{words.remove}</Button>}
          title={words.remove}
          text={words.removeText}
          act={words.remove}
          error={remove.error}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutateAsync(given)}
        />
      )}
    </>
  )
}

const turnsInto =
  (status: Schedule['status']) =>
  (shown: Schedule, { path }: Given<'pauseSchedule'>): Schedule =>
    shown.id === path.id ? { ...shown, status } : shown
