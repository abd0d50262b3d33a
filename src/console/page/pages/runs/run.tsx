import { type ReactNode, useEffect, useMemo } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Link, useParams } from 'wouter'
import type { Run } from '../../api/operations.ts'
import { type RunEvent, useRunEvents } from '../../api/run-events.ts'
import { useApi } from '../../api/use-api.ts'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { EventLog } from './event-log.tsx'
import { RunActions } from './run-actions.tsx'
import { tookOf } from './runs.tsx'
import { timelineOf } from './timeline.ts'
import { TimelineEntry } from './timeline-entry.tsx'
import { runWords } from './words.ts'

// An ended run changes no more.
const isOver = (events: RunEvent[]): boolean =>
  events.some(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type))

export default function RunPage() {
  const words = useWords(runWords)
  const { id = '' } = useParams()
  const { events, isAway, error, retry } = useRunEvents(id)
  // What the log has told changes the row: it is read again then, and now and then.
  const query = useApi('readRun', { path: { id } }, { every: isOver(events) ? undefined : 2_000 })
  const ended = isOver(events)
  const { refetch } = query
  // How it has ended is read once more.
  useEffect(() => {
    if (ended) void refetch()
  }, [ended, refetch])
  const entries = useMemo(() => timelineOf(events), [events])
  return (
    <Page title={`${words.run} ${id}`} actions={query.data && <RunActions run={query.data} />}>
      <Loaded query={query}>{run => <Summary run={run} />}</Loaded>
      {isAway && <p role="status">{words.away}</p>}
      {error && <ErrorBox error={error} onRetry={retry} />}
      <Tabs className="tabs">
        <TabList aria-label={words.run} className="tab-list">
          <Tab id="timeline">{words.timeline}</Tab>
          <Tab id="log">{words.log}</Tab>
        </TabList>
        <TabPanel id="timeline">
          <ol className="timeline" aria-live="polite">
            {entries.map(entry => (
              <TimelineEntry key={entry.key} entry={entry} from={events[0]?.at ?? entry.startedAt} />
            ))}
          </ol>
        </TabPanel>
        <TabPanel id="log">
          <EventLog events={events} />
        </TabPanel>
      </Tabs>
    </Page>
  )
}

function Summary({ run }: { run: Run }) {
  const words = useWords(runWords)
  return (
    <Card>
      <Facts
        of={[
          [words.status, <Status key="status" state={run.status} />],
          [words.agent, `${run.agent} · ${words.version} ${run.agent_version}`],
          [words.created, <Time key="created" at={run.created_at} />],
          [words.took, tookOf(run) ?? '–'],
          [words.attempt, run.attempt],
          [words.tokens, `${run.usage.input_tokens} + ${run.usage.output_tokens}`],
          [words.cost, run.usage.cost_usd === null ? '–' : `$${run.usage.cost_usd.toFixed(4)}`],
          [
            words.thread,
            run.thread_id ? (
              <Link key="thread" href={`/threads/${run.thread_id}`}>
                <code>{run.thread_id}</code>
              </Link>
            ) : (
              '–'
            ),
          ],
          ...(run.parent_run_id
            ? [
                [
                  words.parent,
                  <Link key="parent" href={`/runs/${run.parent_run_id}`}>
                    <code>{run.parent_run_id}</code>
                  </Link>,
                ] satisfies [string, ReactNode],
              ]
            : []),
        ]}
      />
      <h2 className="small">{words.input}</h2>
      <Json value={run.input} label={words.input} />
      {run.error && (
        <>
          <h2 className="small">{words.error}</h2>
          <Json value={`${run.error.code}: ${run.error.message}`} label={words.error} />
        </>
      )}
      {Object.keys(run.metadata ?? {}).length > 0 && (
        <>
          <h2 className="small">{words.metadata}</h2>
          <Json value={run.metadata} label={words.metadata} />
        </>
      )}
      {run.status === 'completed' && (
        <>
          <h2 className="small">{words.output}</h2>
          <Json value={run.output} label={words.output} />
        </>
      )}
    </Card>
  )
}
