import { type FormEvent, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Json } from '../../ui/json.tsx'
import { Page } from '../../ui/page.tsx'
import { useWords } from '../../words/language.ts'
import { Decide } from '../approvals/decide.tsx'
import { timelineOf } from '../runs/timeline.ts'
import { type Turn, useConversation } from './conversation.ts'
import { curlOf } from './snippet.ts'
import { playgroundWords } from './words.ts'

export default function Playground() {
  const words = useWords(playgroundWords)
  const [search, setSearch] = useSearchParams()
  const agents = useApi('listAgents', { query: { limit: 500 } })
  const names = (agents.data?.data ?? []).map(({ name }) => name)
  const agent = search.get('agent') ?? names.find(name => name !== 'echo') ?? 'echo'
  const { turns, say, stop, startAnew, isBusy } = useConversation(agent)
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '' || isBusy) return
    void say(text)
    setText('')
  }
  return (
    <Page title={words.title} actions={turns.length > 0 && <Button onPress={startAnew}>{words.fresh}</Button>}>
      <div className="filters">
        <Choice
          label={words.agent}
          value={agent}
          options={[...new Set([agent, ...names])].map(name => [name, name] as const)}
          onChange={name => setSearch({ agent: name }, { replace: true })}
        />
      </div>
      {agents.error && <ErrorBox error={agents.error} onRetry={() => void agents.refetch()} />}
      <div className="talk" role="log" aria-live="polite" aria-label={words.title}>
        {turns.length === 0 && <p className="empty">{words.empty}</p>}
        {turns.map((turn, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added
          <OneTurn key={index} turn={turn} />
        ))}
      </div>
      <form onSubmit={submit} className="composer">
        <Field
          label={words.say}
          value={text}
          onChange={setText}
          placeholder={words.hello}
          autoFocus
          autoComplete="off"
        />
        {isBusy ? (
          <Button kind="danger" onPress={stop}>
            {words.stop}
          </Button>
        ) : (
          <Button kind="main" type="submit" isDisabled={text.trim() === ''}>
            {words.send}
          </Button>
        )}
      </form>
      <details>
        <summary>{words.code}</summary>
        <Json value={curlOf(agent, turns.at(-1)?.input ?? words.hello)} label={words.code} />
      </details>
    </Page>
  )
}

function OneTurn({ turn: { input, runId, events, error, isOver } }: { turn: Turn }) {
  const words = useWords(playgroundWords)
  const mayDecide = useMay('approvals:write')
  const entries = timelineOf(events)
  const isWaiting = events.findLast(({ type }) => type.startsWith('run.'))?.type === 'run.waiting'
  return (
    <>
      <p className="mine">
        <span className="soft">{words.you}</span> {input}
      </p>
      <div className="theirs">
        {entries.map(({ key, kind, title, text, thought, output, isOpen, isError }) => {
          if (kind === 'wait')
            return isOpen && mayDecide && isWaiting ? (
              <div key={key} className="card">
                <strong>{title}</strong>
                <Asked id={key.slice('wait '.length)} />
              </div>
            ) : null
          if (kind === 'tool')
            return (
              <p key={key} className="soft">
                {words.calls} <code>{title}</code> {isError && '✗'}
              </p>
            )
          if (kind === 'life') return <Json key={key} value={output} label={words.failed} />
          return (
            <div key={key}>
              {thought !== '' && <p className="soft thought">{thought}</p>}
              {text !== '' && <p className="said">{text}</p>}
            </div>
          )
        })}
        {!isOver && !isWaiting && <p className="soft">{words.thinks}</p>}
        {error && <ErrorBox error={error} />}
        {runId && (
          <p>
            <Link href={`/runs/${runId}`}>
              {words.run} <code>{runId.slice(-8)}</code>
            </Link>
          </p>
        )}
      </div>
    </>
  )
}

/** One that waits here. */
function Asked({ id }: { id: string }) {
  const { data } = useApi('readApproval', { path: { id } })
  return data?.state === 'pending' ? <Decide approval={data} /> : null
}
