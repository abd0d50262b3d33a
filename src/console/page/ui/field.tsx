import { FieldError, Input, Label, Text, TextArea, TextField, type TextFieldProps } from 'react-aria-components'

interface Props extends TextFieldProps {
  label: string
  hint?: string
  /** Lines; without: one that does not grow. */
  lines?: number
  placeholder?: string
}

export const Field = ({ label, hint, lines, placeholder = '', ...props }: Props) => (
  <TextField {...props} className="field">
    <Label>{label}</Label>
    {lines === undefined ? <Input placeholder={placeholder} /> : <TextArea rows={lines} placeholder={placeholder} />}
    {hint && (
      <Text slot="description" className="soft">
        {hint}
      </Text>
    )}
    <FieldError />
  </TextField>
)

interface ChoiceProps<Value extends string> {
  label: string
  value: Value
  options: readonly (readonly [value: Value, text: string])[]
  onChange: (value: Value) => void
}

/** One of a few. The browser's own, which every keyboard, phone and screen reader knows. */
export const Choice = <Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) => (
  <label className="field">
    <span>{label}</span>
    <select
      value={value}
      onChange={({ target }) => {
        const chosen = options.find(([option]) => option === target.value)
        if (chosen) onChange(chosen[0])
      }}
    >
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  </label>
)
