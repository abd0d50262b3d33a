import { Field } from './field.tsx'

interface Props {
  label: string
  hint: string
  /** Null: none. */
  value: number | null
  onChange: (value: number | null) => void
}

/** A whole number, or none. */
export const LimitField = ({ label, hint, value, onChange }: Props) => (
  <Field
    label={label}
    hint={hint}
    inputMode="numeric"
    pattern="[0-9]*"
    value={value === null ? '' : String(value)}
    onChange={text => {
      const digits = text.replace(/\D/g, '')
      onChange(digits === '' ? null : Number(digits))
    }}
  />
)
