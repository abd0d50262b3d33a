import { type FormEvent, useState } from 'react'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { systemWords } from './words.ts'

/** By their names alone: what they are, nobody is told. */
export function Secrets() {
  const words = useWords(systemWords)
  const query = useApi('listSecrets', { query: { limit: 100 } })
  const mayWrite = useMay('secrets:write')
  return (
    <Card title={words.secrets}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">{words.noSecrets}</p>
          ) : (
            <ul className="versions">
              {data.map(({ name, updated_at }) => (
                <li key={name} className="in-line">
                  <code>{name}</code> <Time at={updated_at} /> {mayWrite && <Remove name={name} />}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayWrite && <Put />}
    </Card>
  )
}

function Put() {
  const words = useWords(systemWords)
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const put = useAction('putSecret', {
    onDone: () => {
      setName('')
      setValue('')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    put.mutate({ path: { name }, body: { value } })
  }
  return (
    <form onSubmit={submit} className="filters">
      <Field label={words.name} value={name} onChange={setName} placeholder="SHOP_TOKEN" autoComplete="off" />
      <Field label={words.value} type="password" value={value} onChange={setValue} autoComplete="new-password" />
      <Button type="submit" isDisabled={put.isPending || name === '' || value === ''}>
        {words.put}
      </Button>
      {put.error && <ErrorBox error={put.error} />}
    </form>
  )
}

function Remove({ name }: { name: string }) {
  const words = useWords(systemWords)
  const remove = useAction('deleteSecret')
  return (
    <Confirm
      trigger={<Button kind="quiet">{words.remove}</Button>}
      title={`${words.remove}: ${name}`}
      text={words.removeText}
      act={words.remove}
      error={remove.error}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutateAsync({ path: { name } })}
    />
  )
}
