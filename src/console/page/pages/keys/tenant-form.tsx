import { type FormEvent, useState } from 'react'
import type { ApiError } from '../../api/call.ts'
import type { Tenant } from '../../api/operations.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { LimitField } from '../../ui/limit-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { keyWords } from './words.ts'

interface Fields {
  id: string
  name?: string
  rate_limit: number | null
}

interface Props {
  /** What it is now; without: a new one. */
  of?: Tenant
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (fields: Fields) => void
}

export function TenantForm({ of, error, isBusy, onCancel, onSubmit }: Props) {
  const words = useWords(keyWords)
  const common = useWords(commonWords)
  const [id, setId] = useState(of?.id ?? '')
  const [name, setName] = useState(of?.name ?? '')
  const [limit, setLimit] = useState(of?.rate_limit ?? null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({ id: id.trim(), ...(name.trim() !== '' && { name: name.trim() }), rate_limit: limit })
  }
  return (
    <form className="form" onSubmit={submit}>
      {!of && (
        <Field
          label={words.id}
          hint={words.idHint}
          value={id}
          onChange={setId}
          isRequired
          autoFocus
          autoComplete="off"
        />
      )}
      <Field label={words.name} value={name} onChange={setName} autoComplete="off" />
      <LimitField label={words.rateLimit} hint={words.tenantLimitHint} value={limit} onChange={setLimit} />
      {error && <ErrorBox error={error} />}
      <div className="actions">
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy || id.trim() === ''}>
          {of ? common.save : common.create}
        </Button>
      </div>
    </form>
  )
}
