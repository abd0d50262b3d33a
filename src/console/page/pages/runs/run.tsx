import { useMemo, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { Link, useLocation, useParams } from 'wouter'
import type { Run } from '../../api/operations.ts'
import { type RunEvent, useRunEvents } from '../../api/run-events.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { tookOf } from './runs.tsx'
import { type Entry, timelineOf } from './timeline.ts'
import { runWords } from './words.ts'

const isFinal = ({ status }: Pick<Run, 'status'>): boolean => /^(completed|failed|cancelled)$/.test(status)

export default function RunPage() {
  const words = useWords(runWords)
  const { id = '' } = useParams()
  const { events, isAway, error } = useRunEvents(id)
  // What the log has told changes the row: it is read again then, and now and then.
  const query = useApi('readRun', { path: { id } }, { every: 2_000 })
  const entries = useMemo(() => timelineOf(events), [events])
  return (
    <Page title={`${words.run} ${id}`} actions={query.data && <Actions run={query.data} />}>
      <Loaded query={query}>{run => <Summary run={run} />}</Loaded>
      {isAway && <p role="status">{words.away}</p>}
      {error && <ErrorBox error={error} />}
      <Tabs className="tabs">
        <TabList aria-label={words.run} className="tab-list">
          <Tab id="timeline">{words.timeline}</Tab>
          <Tab id="log">{words.log}</Tab>
        </TabList>
        <TabPanel id="timeline">
          <ol className="timeline" aria-live="polite">
            {entries.map(entry => (
              <TimelineEntry key={entry.key} entry={entry} />
            ))}
          </ol>
        </TabPanel>
        <TabPanel id="log">
          <Log events={events} />
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
      {run.status === 'completed' && (
        <>
          <h2 className="small">{words.output}</h2>
          <Json value={run.output} label={words.output} />
        </>
      )}
    </Card>
  )
}

function TimelineEntry({ entry }: { entry: Entry }) {
  const words = useWords(runWords)
  const { kind, title, input, output, text, thought, tokens, isOpen, isError } = entry
  const name = { model: words.model, tool: words.tool, life: '', wait: words.waits }[kind]
  return (
    <li className={`entry ${kind} ${isError ? 'bad' : ''} ${isOpen ? 'open' : ''}`}>
      <p className="entry-head">
        <span className="soft">{name}</span> <strong>{title}</strong>
        {tokens !== null && (
          <span className="soft">
            {' '}
            · {tokens} {words.tokens}
          </span>
        )}
        {isOpen && <span className="live"> {words.live}</span>}
      </p>
      {thought !== '' && <p className="soft thought">{thought}</p>}
      {input !== undefined && <Json value={input} label={words.input} />}
      {text !== '' && <p className="said">{text}</p>}
      {output !== undefined && <Json value={output} label={words.output} />}
    </li>
  )
}

function Log({ events }: { events: RunEvent[] }) {
  return (
    <ol className="log">
      {events.map(({ seq, type, data }) => (
        <li key={seq}>
          <code>
            {seq} {type}
          </code>{' '}
          <span className="soft">{JSON.stringify(data)}</span>
        </li>
      ))}
    </ol>
  )
}

function Actions({ run }: { run: Run }) {
  const words = useWords(runWords)
  const common = useWords(commonWords)
  const cancel = useAction('cancelRun')
  const [isCopied, setCopied] = useState(false)
  const mayWrite = useMay('runs:write')
  const copy = () => void navigator.clipboard?.writeText(location.href).then(() => setCopied(true))
  return (
    <>
      <Button onPress={copy}>{isCopied ? common.copied : words.link}</Button>
      {mayWrite && <RunAgain run={run} />}
      {mayWrite && !isFinal(run) && (
        <Confirm
          trigger={<Button kind="danger">{words.cancel}</Button>}
          title={words.cancel}
          text={words.cancelText}
          act={words.cancel}
          error={cancel.error}
          isBusy={cancel.isPending}
          onConfirm={() => cancel.mutateAsync({ path: { id: run.id } })}
        />
      )}
    </>
  )
}

/** With an input that may be changed first. */
function RunAgain({ run }: { run: Run }) {
  const words = useWords(runWords)
  const common = useWords(commonWords)
  const [, go] = useLocation()
  const isText = typeof run.input === 'string'
  const [text, setText] = useState(isText ? String(run.input) : JSON.stringify(run.input, null, 2))
  const create = useAction('createRun', { onDone: made => go(`/runs/${made.id}`) })
  const start = (close: () => void) => {
    // Whatever else it was, it is messages as the API takes them, or the API says what is wrong with it.
    const input = isText ? text : (JSON.parse(text) as never)
    create.mutate({ body: { agent: run.agent, input, metadata: { again: run.id } } }, { onSuccess: close })
  }
  return (
    <Dialog trigger={<Button>{words.again}</Button>} title={words.again}>
      {close => (
        <>
          <p>{words.againText}</p>
          <Field label={words.input} lines={6} value={text} onChange={setText} />
          {create.error && <ErrorBox error={create.error} />}
          <div className="actions">
            <Button onPress={close}>{common.cancel}</Button>
            <Button kind="main" isDisabled={create.isPending || text === ''} onPress={() => start(close)}>
              {words.again}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}
