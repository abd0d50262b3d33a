import { type FormEvent, useEffect, useState } from 'react'
import { auditActions } from '../../../../audit/action.ts'
import type { Given } from '../../api/call.ts'
import { Button } from '../../ui/button.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { TimeField } from '../../ui/time-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { auditWords } from './words.ts'

export type Filter = NonNullable<Given<'listAudit'>['query']>

/** In the address, so that a link shows the same. */
export function filterOf(search: URLSearchParams): Filter {
  const action = auditActions.find(each => each === search.get('action'))
  const [actor, target, after, before] = ['actor', 'target', 'after', 'before'].map(name => search.get(name))
  return {
    ...(actor && { actor }),
    ...(action && { action }),
    ...(target && { target }),
    ...(after && { after }),
    ...(before && { before }),
  }
}

interface Props {
  filter: Filter
  onChange: (filter: Filter) => void
}

/** Asked for by the button: a name that is half typed fits nothing. */
export function Filters({ filter, onChange }: Props) {
  const words = useWords(auditWords)
  const { all } = useWords(commonWords)
  const [typed, setTyped] = useState(filter)
  // What the address says is what is shown, also where one goes back.
  // biome-ignore lint/correctness/useExhaustiveDependencies: anew where it says something else
  useEffect(() => setTyped(filter), [JSON.stringify(filter)])
  const { actor = '', action = '', target = '', after = '', before = '' } = typed
  const type = (name: 'actor' | 'target' | 'after' | 'before') => (value: string) =>
    setTyped({ ...typed, [name]: value })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onChange({
      ...(actor.trim() !== '' && { actor: actor.trim() }),
      ...(action !== '' && { action }),
      ...(target.trim() !== '' && { target: target.trim() }),
      ...(after !== '' && { after }),
      ...(before !== '' && { before }),
    })
  }
  return (
    <form className="filters" onSubmit={submit}>
      <Field label={words.actor} value={actor} onChange={type('actor')} placeholder={words.actorHint} />
      <Choice
        label={words.action}
        value={action}
        options={[['', all] as const, ...auditActions.map(each => [each, each] as const)]}
        onChange={chosen => {
          const { action: _, ...others } = typed
          setTyped(chosen === '' ? others : { ...others, action: chosen })
        }}
      />
      <Field label={words.target} value={target} onChange={type('target')} placeholder={words.targetHint} />
      <TimeField label={words.from} value={after} onChange={type('after')} />
      <TimeField label={words.to} value={before} onChange={type('before')} />
      <Button kind="main" type="submit">
        {words.show}
      </Button>
      {Object.keys(filter).length > 0 && <Button onPress={() => onChange({})}>{words.clear}</Button>}
    </form>
  )
}
