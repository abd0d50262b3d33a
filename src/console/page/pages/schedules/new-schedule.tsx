import { type FormEvent, useDeferredValue, useState } from 'react'
import { useAction, useApi } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useLocale, useWords } from '../../words/language.ts'
import { scheduleWords } from './words.ts'

const overlaps = ['allow', 'skip', 'queue', 'cancel_previous'] as const
const catchUps = ['skip', 'one', 'all'] as const

interface Props {
  onCancel: () => void
  onDone: (id: string) => void
}

/** With what it would do, before it is made. */
export function NewSchedule({ onCancel, onDone }: Props) {
  const words = useWords(scheduleWords)
  const common = useWords(commonWords)
  const agents = useApi('listAgents', { query: { limit: 500 } })
  const [draft, setDraft] = useState({
    name: '',
    agent: 'echo',
    input: '',
    cron: '0 9 * * *',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  })
  const [overlap, setOverlap] = useState<(typeof overlaps)[number]>('skip')
  const [catchUp, setCatchUp] = useState<(typeof catchUps)[number]>('one')
  const create = useAction('createSchedule', { onDone: ({ id }) => onDone(id) })
  const set = (field: keyof typeof draft) => (value: string) => setDraft(before => ({ ...before, [field]: value }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { name, ...rest } = draft
    create.mutate({ body: { ...rest, ...(name && { name }), overlap, catch_up: catchUp } })
  }
  return (
    <form onSubmit={submit} className="form">
      <Field label={words.name} value={draft.name} onChange={set('name')} autoFocus />
      <Choice
        label={words.agent}
        value={draft.agent}
        options={[...new Set(['echo', ...(agents.data?.data ?? []).map(({ name }) => name)])].map(
          name => [name, name] as const,
        )}
        onChange={set('agent')}
      />
      <Field label={words.input} lines={2} value={draft.input} onChange={set('input')} isRequired />
      <Field label={words.cron} hint={words.cronHint} value={draft.cron} onChange={set('cron')} isRequired />
      <Field label={words.zone} value={draft.timezone} onChange={set('timezone')} isRequired />
      <Preview cron={draft.cron} timezone={draft.timezone} />
      <Choice
        label={words.overlap}
        value={overlap}
        options={overlaps.map(each => [each, each] as const)}
        onChange={setOverlap}
      />
      <Choice
        label={words.catchUp}
        value={catchUp}
        options={catchUps.map(each => [each, each] as const)}
        onChange={setCatchUp}
      />
      {create.error && <ErrorBox error={create.error} />}
      <div className="actions">
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={create.isPending || draft.input === ''}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}

function Preview(typed: { cron: string; timezone: string }) {
  const words = useWords(scheduleWords)
  const locale = useLocale()
  // While one types, what was there before is good enough.
  const { cron, timezone } = useDeferredValue(typed)
  const { data, error } = useApi('previewRule', { body: { cron, timezone, count: 3 } })
  return (
    <div aria-live="polite">
      <span className="soft">{words.preview}</span>
      {error ? (
        <p className="wrong">{error.message}</p>
      ) : (
        <ul>
          {(data?.data ?? []).map(({ fire_at }) => (
            <li key={fire_at}>{new Date(fire_at).toLocaleString(locale, { timeZone: zoneOf(timezone) })}</li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** What is half typed is no zone yet. */
function zoneOf(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
