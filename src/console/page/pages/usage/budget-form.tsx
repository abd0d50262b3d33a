import { type FormEvent, useState } from 'react'
import type { ApiError } from '../../api/call.ts'
import type { Budget, NewBudget } from '../../api/operations.ts'
import { AmountField, amountOf, typedAmount } from '../../ui/amount-field.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { usageWords } from './words.ts'

const scopes = ['tenant', 'agent', 'key', 'thread', 'schedule'] as const
const periods = ['day', 'month', 'total'] as const
const ceilings = ['max_cost_usd', 'max_tokens', 'max_steps', 'max_seconds'] as const

interface Props {
  /** What it is now; without: a new one. */
  of?: Budget
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (budget: NewBudget) => void
}

/** Whom a budget is for is said when it is made; its ceilings and its time zone can be changed. */
export function BudgetForm({ of, error, isBusy, onCancel, onSubmit }: Props) {
  const words = useWords(usageWords)
  const common = useWords(commonWords)
  const [scope, setScope] = useState<NewBudget['scope']>(of?.scope ?? 'agent')
  const [subject, setSubject] = useState(of?.subject ?? '')
  const [period, setPeriod] = useState<Budget['period']>(of?.period ?? 'day')
  const [timezone, setTimezone] = useState(of?.timezone ?? 'UTC')
  const [typed, setTyped] = useState<Record<string, string>>(() =>
    Object.fromEntries(ceilings.map(name => [name, typedAmount(of?.limits[name])])),
  )
  const limits: NewBudget['limits'] = {}
  for (const name of ceilings) {
    const amount = amountOf(typed[name] ?? '')
    if (amount !== null) limits[name] = amount
  }
  const isWhole = Object.keys(limits).length > 0 && (scope === 'tenant' || subject.trim() !== '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({ scope, ...(scope !== 'tenant' && { subject: subject.trim() }), period, timezone, limits })
  }
  return (
    <form className="form" onSubmit={submit}>
      {!of && (
        <>
          <Choice
            label={words.scope}
            value={scope}
            options={scopes.map(each => [each, words.scopes[each]] as const)}
            onChange={setScope}
          />
          {scope !== 'tenant' && (
            <Field label={words.subject} hint={words.subjectHint} value={subject} onChange={setSubject} isRequired />
          )}
          <Choice
            label={words.period}
            value={period}
            options={periods.map(each => [each, words.periods[each]] as const)}
            onChange={setPeriod}
          />
        </>
      )}
      {ceilings.map(name => (
        <AmountField
          key={name}
          label={words.ceilings[name]}
          isWhole={name === 'max_tokens' || name === 'max_steps'}
          value={typed[name] ?? ''}
          onChange={value => setTyped({ ...typed, [name]: value })}
        />
      ))}
      <p className="soft">{words.ceilingsHint}</p>
      <Field label={words.timezone} value={timezone} onChange={setTimezone} />
      {error && <ErrorBox error={error} />}
      <div className="actions">
        <Button onPress={onCancel}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isBusy || !isWhole}>
          {of ? common.save : common.create}
        </Button>
      </div>
    </form>
  )
}
