import { useState } from 'react'
import { Link } from 'wouter'
import type { Key } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay, useSession } from '../../session/context.ts'
import { may } from '../../session/session.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Page } from '../../ui/page.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { KeyForm } from './key-form.tsx'
import { isOperator } from './scopes.ts'
import { Tenants } from './tenants.tsx'
import { keyWords } from './words.ts'

export default function Keys() {
  const words = useWords(keyWords)
  const [secret, setSecret] = useState<string | null>(null)
  const list = useList('listKeys', {}, { every: 5_000 })
  const mayWrite = useMay('keys:write')
  const session = useSession()
  const hasTenants = may(session, 'tenants:read') && isOperator(session)
  const columns: Column<Key>[] = [
    {
      id: 'name',
      title: words.name,
      width: 'minmax(7rem, 1fr)',
      cell: ({ id, name }) => <Link href={`/keys/${id}`}>{name}</Link>,
    },
    { id: 'prefix', title: words.prefix, width: '7rem', cell: ({ prefix }) => <code>{prefix}</code> },
    { id: 'scopes', title: words.scopes, width: 'minmax(8rem, 2fr)', cell: ({ scopes }) => <Several of={scopes} /> },
    {
      id: 'agents',
      title: words.agents,
      width: 'minmax(5rem, 1fr)',
      cell: ({ agents }) => <Several of={agents ?? [words.allAgents]} />,
    },
    { id: 'state', title: words.state, width: '5rem', cell: ({ state }) => <Status state={state} /> },
    { id: 'used', title: words.lastUsed, width: '6.5rem', cell: key => <Time at={key.last_used_at} /> },
    { id: 'expires', title: words.expires, width: '6.5rem', cell: key => <Time at={key.expires_at} /> },
  ]
  return (
    <Page title={words.title}>
      <div className="page-head">
        <h2>{words.keys}</h2>
        {mayWrite && <NewKey onSecret={setSecret} />}
      </div>
      <DataTable label={words.keys} columns={columns} list={list} rowId={({ id }) => id} empty={words.empty} />
      {hasTenants && <Tenants />}
      <ShownOnce title={words.key} text={words.keyText} secret={secret} onClose={() => setSecret(null)} />
    </Page>
  )
}

const Several = ({ of }: { of: string[] }) => <span title={of.join(', ')}>{of.join(', ')}</span>

function NewKey({ onSecret }: { onSecret: (secret: string) => void }) {
  const words = useWords(keyWords)
  return (
    <Dialog trigger={<Button kind="main">{words.make}</Button>} title={words.make}>
      {close => <NewForm close={close} onSecret={onSecret} />}
    </Dialog>
  )
}

/** Apart, so that what was typed, and what went wrong, is forgotten when the dialog closes. */
function NewForm({ close, onSecret }: { close: () => void; onSecret: (secret: string) => void }) {
  const create = useAction('createKey', {
    onDone: ({ key }) => {
      close()
      onSecret(key)
    },
  })
  return (
    <KeyForm
      error={create.error}
      isBusy={create.isPending}
      onCancel={close}
      onSubmit={body => create.mutate({ body })}
    />
  )
}
