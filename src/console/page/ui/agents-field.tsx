import { useState } from 'react'
import { Field } from './field.tsx'

interface Props {
  label: string
  hint: string
  /** Null: all. */
  agents: string[] | null
  onChange: (agents: string[] | null) => void
}

/** Names of agents, parted by commas; empty: all. */
export function AgentsField({ label, hint, agents, onChange }: Props) {
  const [text, setText] = useState(agents?.join(', ') ?? '')
  const change = (typed: string) => {
    setText(typed)
    const names = typed.split(/[\s,\uff0c\u3001]+/).filter(name => name !== '')
    onChange(names.length > 0 ? [...new Set(names)] : null)
  }
  return <Field label={label} hint={hint} value={text} onChange={change} autoComplete="off" />
}
