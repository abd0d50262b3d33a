import { type FormEvent, useState } from 'react'
import type { QueueLimits } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { AmountField, amountOf, typedAmount } from '../../ui/amount-field.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { LimitField } from '../../ui/limit-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { jobWords } from './words.ts'

interface Props {
  queue: string
  of: QueueLimits
  onClose: () => void
}

/** The limits of a queue, for all processes. An empty field is none. */
export function LimitsForm({ queue, of, onClose }: Props) {
  const { mutate, error, isPending } = useAction('limitQueue')
  const words = useWords(jobWords)
  const common = useWords(commonWords)
  const [concurrency, setConcurrency] = useState(of.concurrency)
  const [keyConcurrency, setKeyConcurrency] = useState(of.key_concurrency)
  const [depth, setDepth] = useState(of.depth)
  const [rate, setRate] = useState(typedRate(of.rate))
  const [keyRate, setKeyRate] = useState(typedRate(of.key_rate))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const typed = {
      concurrency,
      key_concurrency: keyConcurrency,
      depth,
      rate: rateOf(rate),
      key_rate: rateOf(keyRate),
    }
    // What is left alone stays as others may have set it meanwhile.
    const names = Object.keys(typed) as (keyof typeof typed)[] // it has no others
    const changed = names.filter(name => JSON.stringify(typed[name]) !== JSON.stringify(of[name]))
    const body = Object.fromEntries(changed.map(name => [name, typed[name]]))
    if (changed.length === 0) onClose()
    else mutate({ path: { name: queue }, body }, { onSuccess: onClose })
  }
  return (
    <form className="form" onSubmit={submit}>
      <LimitField label={words.concurrency} hint={words.noLimit} value={concurrency} onChange={setConcurrency} />
      <LimitField
        label={words.keyConcurrency}
        hint={words.noLimit}
        value={keyConcurrency}
        onChange={setKeyConcurrency}
      />
      <RateFields label={words.rate} rate={rate} onChange={setRate} />
      <RateFields label={words.keyRate} rate={keyRate} onChange={setKeyRate} />
      <LimitField label={words.depth} hint={words.depthHint} value={depth} onChange={setDepth} />
      {error && <ErrorBox error={error} />}
      <div className="actions">
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isPending}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}

interface TypedRate {
  limit: number | null
  /** As it is typed; empty: not said. */
  seconds: string
}

const typedRate = (rate: QueueLimits['rate']): TypedRate => ({
  limit: rate?.limit ?? null,
  seconds: typedAmount(rate?.period_seconds),
})

/** Without a period: each second. */
const rateOf = ({ limit, seconds }: TypedRate) =>
  limit === null ? null : { limit, period_seconds: amountOf(seconds) ?? 1 }

interface RateProps {
  label: string
  rate: TypedRate
  onChange: (rate: TypedRate) => void
}

function RateFields({ label, rate, onChange }: RateProps) {
  const words = useWords(jobWords)
  return (
    <>
      <LimitField
        label={label}
        hint={words.noLimit}
        value={rate.limit}
        onChange={limit => onChange({ ...rate, limit })}
      />
      {rate.limit !== null && (
        <AmountField
          label={`${label}: ${words.seconds}`}
          hint={words.secondsHint}
          value={rate.seconds}
          onChange={seconds => onChange({ ...rate, seconds })}
        />
      )}
    </>
  )
}
