import { type FormEvent, useState } from 'react'
import { ApiError } from '../../api/call.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import type { Definition } from './definition.ts'
import { agentWords } from './words.ts'

interface Props {
  of: Definition
  /** It has no name yet. */
  isNew?: boolean
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSave: (definition: Definition) => void
}

/** What an agent is: what most have in fields, and all of it as JSON. The one goes on where the other has come to. */
export function AgentForm({ of, isNew = false, error, isBusy, onCancel, onSave }: Props) {
  const words = useWords(agentWords)
  const common = useWords(commonWords)
  const [definition, setDefinition] = useState(of)
  /** As it is written, while it is JSON. */
  const [json, setJson] = useState<string | null>(null)
  const [broken, setBroken] = useState<ApiError | null>(null)
  const written = (): Definition | null => {
    setBroken(null)
    if (json === null) return definition
    try {
      const read: unknown = JSON.parse(json)
      if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Error(words.noObject)
      return read as Definition // the API checks what it is
    } catch (failure) {
      setBroken(new ApiError(422, { code: 'invalid_request', detail: String(failure) }))
      return null
    }
  }
  const turn = () => {
    const read = written()
    if (!read) return
    setDefinition(read)
    setJson(json === null ? JSON.stringify(read, null, 2) : null)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = written()
    if (read) onSave(read)
  }
  const shown = broken ?? error
  return (
    <form onSubmit={submit} className="form">
      {json === null ? (
        <Fields of={definition} isNew={isNew} onChange={setDefinition} />
      ) : (
        <Field label={words.json} hint={words.jsonHint} lines={18} value={json} onChange={setJson} />
      )}
      {shown && <ErrorBox error={shown} />}
      <div className="actions">
        <Button kind="quiet" onPress={turn}>
          {json === null ? words.asJson : words.asForm}
        </Button>
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}

interface FieldsProps {
  of: Definition
  isNew: boolean
  onChange: (definition: Definition) => void
}

function Fields({ of, isNew, onChange }: FieldsProps) {
  const words = useWords(agentWords)
  const text = (name: 'name' | 'model' | 'description' | 'instructions') => ({
    label: words[name],
    value: typeof of[name] === 'string' ? of[name] : '',
    onChange: (value: string) => {
      const { [name]: _, ...others } = of
      const isKept = value !== '' || name === 'name' || name === 'model'
      // What is empty is not set; name and model are needed.
      onChange({ model: of.model, ...others, ...(isKept && { [name]: value }) })
    },
  })
  const more = Object.keys(of).filter(name => !['name', 'model', 'description', 'instructions'].includes(name))
  return (
    <>
      {isNew && <Field {...text('name')} isRequired autoFocus />}
      <Field {...text('model')} hint={words.modelHint} isRequired />
      <Field {...text('description')} />
      <Field {...text('instructions')} lines={6} />
      {more.length > 0 && (
        <p className="soft">
          {words.besides} {more.join(', ')}
        </p>
      )}
    </>
  )
}
