import { type FormEvent, useState } from 'react'
import type { Scope } from '../../../../keys/scope.ts'
import type { ApiError } from '../../api/call.ts'
import type { Key } from '../../api/operations.ts'
import { useSession } from '../../session/context.ts'
import { AgentsField } from '../../ui/agents-field.tsx'
import { Button } from '../../ui/button.tsx'
import { Checks } from '../../ui/checks.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { LimitField } from '../../ui/limit-field.tsx'
import { TimeField } from '../../ui/time-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { scopeGroups } from './scopes.ts'
import { keyWords } from './words.ts'

export interface KeyFields {
  name: string
  scopes: Scope[]
  agents: string[] | null
  rate_limit: number | null
  expires_at: string | null
}

interface Props {
  /** What it is now; without: a new one. */
  of?: Key
  error: ApiError | null
  isBusy: boolean
  onCancel: () => void
  onSubmit: (fields: KeyFields) => void
}

export function KeyForm({ of, error, isBusy, onCancel, onSubmit }: Props) {
  const words = useWords(keyWords)
  const common = useWords(commonWords)
  const session = useSession()
  const [name, setName] = useState(of?.name ?? '')
  const [scopes, setScopes] = useState<Scope[]>([])
  // Whoever is for some agents can make keys for these alone.
  const [agents, setAgents] = useState(of ? of.agents : session.agents)
  const [limit, setLimit] = useState(of?.rate_limit ?? null)
  const [expires, setExpires] = useState(of?.expires_at ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit({ name: name.trim(), scopes, agents, rate_limit: limit, expires_at: expires === '' ? null : expires })
  }
  const isWhole = name.trim() !== '' && (of !== undefined || scopes.length > 0)
  return (
    <form className="form" onSubmit={submit}>
      <Field label={words.name} value={name} onChange={setName} isRequired autoFocus autoComplete="off" />
      {!of && (
        <>
          <Checks label={words.scopes} groups={scopeGroups(session)} all="admin" chosen={scopes} onChange={setScopes} />
          <p className="soft">{words.scopesHint}</p>
        </>
      )}
      <AgentsField label={words.agents} hint={words.agentsHint} agents={agents} onChange={setAgents} />
      <TimeField label={words.expires} hint={words.expiresHint} value={expires} onChange={setExpires} />
      <LimitField label={words.rateLimit} hint={words.keyLimitHint} value={limit} onChange={setLimit} />
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
