import { Field } from './field.tsx'

interface Props {
  label: string
  hint?: string
  /** ISO time; empty: none. */
  value: string
  onChange: (value: string) => void
}

const isTime = (value: string): boolean => !Number.isNaN(Date.parse(value))

/** As the browser's field has it: in its own time zone, to the minute. */
function localOf(iso: string): string {
  if (!isTime(iso)) return ''
  const date = new Date(iso)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** A time, typed or picked as where one is, and known as the API takes it. */
export const TimeField = ({ label, hint, value, onChange }: Props) => (
  <Field
    label={label}
    {...(hint !== undefined && { hint })}
    type="datetime-local"
    value={localOf(value)}
    onChange={local => onChange(isTime(local) ? new Date(local).toISOString() : '')}
  />
)
