import { type FormEvent, useState } from 'react'
import { useAction } from '../../api/use-api.ts'
import { AmountField, amountOf } from '../../ui/amount-field.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { jobWords } from './words.ts'

/** Lets nothing of a limit key begin for some time; it goes on by itself. */
export function RestForm({ queue, onClose }: { queue: string; onClose: () => void }) {
  const words = useWords(jobWords)
  const common = useWords(commonWords)
  const [key, setKey] = useState('')
  const [seconds, setSeconds] = useState('600')
  const rest = useAction('pauseLimitKey')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    rest.mutate({ path: { name: queue }, body: { key: key.trim(), seconds: amountOf(seconds) ?? 0 } })
  }
  return (
    <form className="form" onSubmit={submit}>
      <Field label={words.limitKey} value={key} onChange={setKey} isRequired autoFocus autoComplete="off" />
      <AmountField label={words.restSeconds} hint={words.restHint} value={seconds} onChange={setSeconds} isRequired />
      {rest.data && (
        <p role="status">
          <code>{rest.data.key}</code> {words.rests} <Time at={rest.data.paused_until} />
        </p>
      )}
      {rest.error && <ErrorBox error={rest.error} />}
      <div className="actions">
        <Button onPress={onClose}>{common.close}</Button>
        <Button kind="main" type="submit" isDisabled={rest.isPending || key.trim() === '' || seconds.trim() === ''}>
          {words.rest}
        </Button>
      </div>
    </form>
  )
}
