import { type FormEvent, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Page } from '../../ui/page.tsx'
import { useWords } from '../../words/language.ts'
import { Decide } from '../approvals/decide.tsx'
import { timelineOf } from '../runs/timeline.ts'
import { answerOf, type Turn, useConversation } from './conversation.ts'
import { SameInCode } from './same-in-code.tsx'
import type { Done } from './snippets.ts'
import { playgroundWords } from './words.ts'

export default function Playground() {
  const words = useWords(playgroundWords)
  const [search, setSearch] = useSearchParams()
  const agents = useApi('listAgents', { query: { limit: 500 } })
  const names = (agents.data?.data ?? []).map(({ name }) => name)
  const agent = search.get('agent') ?? names.find(name => name !== 'echo') ?? 'echo'
  const { turns, threadId, say, goOn, stop, startAnew, isBusy } = useConversation(agent)
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
          <OneTurn key={index} turn={turn} onRetry={() => goOn(index)} />
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
      <SameInCode done={doneOf(turns, agent, threadId, words.hello)} />
    </Page>
  )
}

/** The last thing that was said, with what went before. */
function doneOf(turns: Turn[], agent: string, threadId: string | null, hello: string): Done {
  const before = turns.slice(0, -1).flatMap(turn => {
    const answer = answerOf(turn)
    return answer === null ? [] : [{ input: turn.input, answer }]
  })
  return { origin: location.origin, agent, input: turns.at(-1)?.input ?? hello, before, threadId }
}

function OneTurn({ turn, onRetry }: { turn: Turn; onRetry: () => void }) {
  const { input, runId, events, error, isAway, isOver } = turn
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
        {entries.map(({ key, kind, title, input, text, thought, output, isOpen, isError }) => {
          if (kind === 'wait')
            return isOpen && isWaiting ? (
              <div key={key} className="card">
                <strong>{title}</strong>
                <Json value={input} label={words.input} />
                {mayDecide ? <Asked id={key.slice('wait '.length)} /> : <p>{words.mayNotDecide}</p>}
              </div>
            ) : null
          if (kind === 'tool')
            return (
              <details key={key} className="soft">
                <summary>
                  {words.calls} <code>{title}</code> {isError && '✗'}
                </summary>
                <Json value={input} label={words.input} />
                {output !== undefined && <Json value={output} label={words.output} />}
              </details>
            )
          if (kind === 'life') return <Json key={key} value={output} label={words.failed} />
          return (
            <div key={key}>
              {thought !== '' && <p className="soft thought">{thought}</p>}
              {text !== '' && <p className="said">{text}</p>}
            </div>
          )
        })}
        {isAway && <p role="status">{words.away}</p>}
        {!isOver && !isWaiting && !isAway && <p className="soft">{words.thinks}</p>}
        {error && <ErrorBox error={error} onRetry={onRetry} />}
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
  const query = useApi('readApproval', { path: { id } })
  return <Loaded query={query}>{approval => approval.state === 'pending' && <Decide approval={approval} />}</Loaded>
}
