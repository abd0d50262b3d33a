import { type FormEvent, useState } from 'react'
import type { ApiError, Given } from '../../api/call.ts'
import type { QueueLimits } from '../../api/operations.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { LimitField } from '../../ui/limit-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { jobWords } from './words.ts'

type Change = Given<'limitQueue'>['body']

interface Props {
  of: QueueLimits
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (change: Change) => void
}

/** The limits of a queue, for all processes. An empty field is none. */
export function LimitsForm({ of, error, isBusy, onCancel, onSubmit }: Props) {
  const words = useWords(jobWords)
  const common = useWords(commonWords)
  const [concurrency, setConcurrency] = useState(of.concurrency)
  const [keyConcurrency, setKeyConcurrency] = useState(of.key_concurrency)
  const [depth, setDepth] = useState(of.depth)
  const [rate, setRate] = useState(typedRate(of.rate))
  const [keyRate, setKeyRate] = useState(typedRate(of.key_rate))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({
      concurrency,
      key_concurrency: keyConcurrency,
      depth,
      rate: rateOf(rate),
      key_rate: rateOf(keyRate),
    })
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
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}

/** Null: not said. */
interface TypedRate {
  limit: number | null
  seconds: number | null
}

const typedRate = (rate: QueueLimits['rate']): TypedRate => ({
  limit: rate?.limit ?? null,
  seconds: rate?.period_seconds ?? null,
})

/** Without a period: each second. */
const rateOf = ({ limit, seconds }: TypedRate) => (limit === null ? null : { limit, period_seconds: seconds ?? 1 })

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
        <LimitField
          label={`${label}: ${words.seconds}`}
          hint={words.secondsHint}
          value={rate.seconds}
          onChange={seconds => onChange({ ...rate, seconds })}
        />
      )}
    </>
  )
}
