import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Field } from './field.tsx'

interface Props {
  label: string
  hint?: string
  /** As it is typed; empty: none. */
  value: string
  onChange: (value: string) => void
  /** Parts of one are no amount. */
  isWhole?: boolean
  isRequired?: boolean
}

/** What was typed as a number; null: none. */
export const amountOf = (typed: string): number | null => (typed.trim() === '' ? null : Number(typed))

export const typedAmount = (amount: number | null | undefined): string => (amount == null ? '' : String(amount))

const isAmount = (typed: string, isWhole: boolean): boolean => {
  const amount = amountOf(typed)
  return amount === null || (isWhole ? Number.isSafeInteger(amount) && amount >= 1 : amount > 0 && amount < Infinity)
}

/** A number above nothing, or none. A form with what is no number in it is not sent. */
export function AmountField({ isWhole = false, ...props }: Props) {
  const words = useWords(commonWords)
  return (
    <Field
      {...props}
      inputMode={isWhole ? 'numeric' : 'decimal'}
      autoComplete="off"
      validate={typed => (isAmount(typed, isWhole) ? null : isWhole ? words.noWhole : words.noAmount)}
    />
  )
}
