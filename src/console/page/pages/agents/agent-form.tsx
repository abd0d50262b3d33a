import { type FormEvent, useState } from 'react'
import { ApiError } from '../../api/call.ts'
import type { AgentChange } from '../../api/operations.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { agentWords } from './words.ts'

export interface Draft {
  name: string
  model: string
  description: string
  instructions: string
}

interface Props {
  of: Draft
  isNew?: boolean
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSave: (agent: { name: string; model: string } & AgentChange) => void
}

/** What an agent is, in fields; what there is besides, as JSON. */
export function AgentForm({ of, isNew = false, error, isBusy, onCancel, onSave }: Props) {
  const words = useWords(agentWords)
  const common = useWords(commonWords)
  const [draft, setDraft] = useState(of)
  const [rest, setRest] = useState('')
  const [broken, setBroken] = useState<ApiError | null>(null)
  const set = (field: keyof Draft) => (value: string) => setDraft(before => ({ ...before, [field]: value }))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBroken(null)
    try {
      const more = (rest.trim() === '' ? {} : JSON.parse(rest)) as AgentChange // the API checks what it is
      const { description, instructions, ...named } = draft
      onSave({ ...named, description: description || null, instructions: instructions || null, ...more })
    } catch (failure) {
      setBroken(new ApiError(422, { code: 'invalid_request', detail: String(failure) }))
    }
  }
  const shown = broken ?? error
  return (
    <form onSubmit={submit} className="form">
      {isNew && <Field label={words.name} value={draft.name} onChange={set('name')} isRequired autoFocus />}
      <Field label={words.model} hint={words.modelHint} value={draft.model} onChange={set('model')} isRequired />
      <Field label={words.description} value={draft.description} onChange={set('description')} />
      <Field label={words.instructions} lines={6} value={draft.instructions} onChange={set('instructions')} />
      <Field label={words.json} hint={words.jsonHint} lines={4} value={rest} onChange={setRest} placeholder="{}" />
      {shown && <ErrorBox error={shown} />}
      <div className="actions">
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}
