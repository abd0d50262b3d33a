import { type FormEvent, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { useApi } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { TimeField } from '../../ui/time-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { runWords } from './words.ts'

const statuses = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const
const errorCodes = [
  'provider_error',
  'timeout',
  'step_limit',
  'agent_unavailable',
  'call_refused',
  'output_invalid',
  'budget_exceeded',
  'tools_unavailable',
  'worker_lost',
  'internal',
] as const
/** As the API calls them. Those of `typed` are looked for when they are sent, not while they are typed. */
const typed = ['thread_id', 'metadata'] as const
const chosen = ['agent', 'error_code', 'created_after', 'created_before'] as const
const rare = ['thread_id', 'metadata', 'error_code', 'created_after', 'created_before'] as const

/** What is asked for, in the address, so that a link shows the same. */
export function useRunFilters() {
  const [search, setSearch] = useSearchParams()
  const given = (name: string) => search.get(name) ?? ''
  const status = statuses.find(each => each === given('status'))
  const set = (values: Record<string, string>) =>
    setSearch(
      before => {
        const after = new URLSearchParams(before)
        for (const [name, value] of Object.entries(values)) {
          if (value === '') after.delete(name)
          else after.set(name, value)
        }
        return after
      },
      { replace: true },
    )
  const names = [...chosen, ...typed, 'id', 'contains'] as const
  const texts = Object.fromEntries(names.flatMap(name => (given(name) === '' ? [] : [[name, given(name)]])))
  const query: typeof texts & { status?: (typeof statuses)[number] } = { ...texts, ...(status && { status }) }
  return { query, given, set, isLookedFor: given('contains') !== '' || given('metadata') !== '' }
}

type Filters = ReturnType<typeof useRunFilters>

export function RunFilters({ filters: { given, set } }: { filters: Filters }) {
  const words = useWords(runWords)
  const { all } = useWords(commonWords)
  const [isOpen, setOpen] = useState(rare.some(name => given(name) !== ''))
  const agents = useApi('listAgents', { query: { limit: 500 } })
  const known = (agents.data?.data ?? []).map(({ name }) => name)
  const names = given('agent') === '' ? known : [...new Set([given('agent'), ...known])]
  return (
    <>
      <div className="filters">
        <Choice
          label={words.status}
          value={given('status')}
          options={[['', all] as const, ...statuses.map(each => [each, each] as const)]}
          onChange={status => set({ status })}
        />
        <Choice
          label={words.agent}
          value={given('agent')}
          options={[['', words.anyAgent] as const, ...names.map(name => [name, name] as const)]}
          onChange={agent => set({ agent })}
        />
      </div>
      <details className="more" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>{words.moreFilters}</summary>
        <div className="filters">
          <TimeField label={words.from} value={given('created_after')} onChange={at => set({ created_after: at })} />
          <TimeField label={words.until} value={given('created_before')} onChange={at => set({ created_before: at })} />
          <Choice
            label={words.errorCode}
            value={given('error_code')}
            options={[['', all] as const, ...errorCodes.map(each => [each, each] as const)]}
            onChange={code => set({ error_code: code })}
          />
          <Typed label={words.thread} hint="thr_…" value={given('thread_id')} onSend={id => set({ thread_id: id })} />
          <Typed
            label={words.metadata}
            hint="order=42"
            value={given('metadata')}
            onSend={metadata => set({ metadata })}
          />
        </div>
      </details>
    </>
  )
}

/** An id from a log opens its run; its beginning, or a text, finds runs. */
export function Find({ filters: { given, set } }: { filters: Filters }) {
  const words = useWords(runWords)
  const [, go] = useLocation()
  const find = (text: string) => {
    if (/^run_[0-9a-f]{32}$/.test(text)) go(`/runs/${text}`)
    else if (/^run_[0-9a-f]*$/.test(text)) set({ id: text, contains: '' })
    else set({ id: '', contains: text })
  }
  return (
    <Typed
      label={words.find}
      hint={words.findHint}
      value={given('id') || given('contains')}
      onSend={find}
      act={words.open}
    />
  )
}

interface TypedProps {
  label: string
  hint: string
  value: string
  onSend: (value: string) => void
  act?: string
}

function Typed({ label, hint, value, onSend, act }: TypedProps) {
  const [text, setText] = useState<string | null>(null)
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (text !== null) onSend(text.trim())
    setText(null)
  }
  return (
    <form onSubmit={send} className="inline">
      <Field label={label} value={text ?? value} onChange={setText} placeholder={hint} onBlur={act ? () => {} : send} />
      {act && <Button type="submit">{act}</Button>}
    </form>
  )
}
