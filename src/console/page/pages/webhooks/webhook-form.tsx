import { type FormEvent, useState } from 'react'
import type { ApiError } from '../../api/call.ts'
import type { Webhook } from '../../api/operations.ts'
import { AgentsField } from '../../ui/agents-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Checks } from '../../ui/checks.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { type EventFilter, eventGroups, isEventFilter } from './events.ts'
import { webhookWords } from './words.ts'

export interface WebhookFields {
  name?: string
  url: string
  events: EventFilter[]
  agents: string[] | null
}

interface Props {
  /** What it is now; without: a new one. */
  hook?: Webhook
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (fields: WebhookFields) => void
}

export function WebhookForm({ hook, error, isBusy, onCancel, onSubmit }: Props) {
  const words = useWords(webhookWords)
  const common = useWords(commonWords)
  const [name, setName] = useState(hook?.name ?? '')
  const [url, setUrl] = useState(hook?.url ?? '')
  const [events, setEvents] = useState<EventFilter[]>(hook?.events.filter(isEventFilter) ?? ['*'])
  const [agents, setAgents] = useState(hook?.agents ?? null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // A name may be left out, but it may not be empty.
    onSubmit({ ...(name.trim() !== '' && { name: name.trim() }), url: url.trim(), events, agents })
  }
  return (
    <form className="form" onSubmit={submit}>
      <Field label={words.name} value={name} onChange={setName} autoFocus autoComplete="off" />
      <Field label={words.url} hint={words.urlHint} type="url" value={url} onChange={setUrl} isRequired />
      <Checks label={words.events} groups={eventGroups} all="*" chosen={events} onChange={setEvents} />
      <AgentsField label={words.agents} hint={words.agentsHint} agents={agents} onChange={setAgents} />
      {error && <ErrorBox error={error} />}
      <div className="actions">
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy || url.trim() === '' || events.length === 0}>
          {hook ? common.save : common.create}
        </Button>
      </div>
    </form>
  )
}
