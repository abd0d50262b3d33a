import { useState } from 'react'
import { Link } from 'wouter'
import type { Tenant } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { TenantForm } from './tenant-form.tsx'
import { keyWords } from './words.ts'

export const tenantState = ({ archived_at }: Pick<Tenant, 'archived_at'>): string =>
  archived_at === null ? 'live' : 'archived'

/** Somebody with keys of their own, each. */
export function Tenants() {
  const words = useWords(keyWords)
  const [secret, setSecret] = useState<string | null>(null)
  const list = useList('listTenants', {}, { every: 5_000 })
  const mayWrite = useMay('tenants:write')
  const columns: Column<Tenant>[] = [
    {
      id: 'id',
      title: words.id,
      width: 'minmax(8rem, 1fr)',
      cell: ({ id }) => (
        <Link href={`/keys/tenants/${id}`}>
          <code>{id}</code>
        </Link>
      ),
    },
    { id: 'name', title: words.name, width: 'minmax(8rem, 2fr)', cell: ({ name }) => name },
    { id: 'state', title: words.state, width: '6rem', cell: tenant => <Status state={tenantState(tenant)} /> },
    { id: 'limit', title: words.rateLimit, width: '9rem', cell: ({ rate_limit }) => rate_limit ?? words.noLimit },
    { id: 'created', title: words.created, width: '7rem', cell: tenant => <Time at={tenant.created_at} /> },
  ]
  return (
    <>
      <div className="page-head">
        <h2>{words.tenants}</h2>
        {mayWrite && (
          <Dialog trigger={<Button>{words.makeTenant}</Button>} title={words.makeTenant}>
            {close => <NewForm close={close} onSecret={setSecret} />}
          </Dialog>
        )}
      </div>
      <DataTable label={words.tenants} columns={columns} list={list} rowId={({ id }) => id} empty={words.noTenants} />
      <ShownOnce title={words.firstKey} text={words.firstKeyText} secret={secret} onClose={() => setSecret(null)} />
    </>
  )
}

function NewForm({ close, onSecret }: { close: () => void; onSecret: (secret: string) => void }) {
  const create = useAction('createTenant', {
    onDone: ({ admin_key: { key } }) => {
      close()
      onSecret(key)
    },
  })
  return (
    <TenantForm
      error={create.error}
      isBusy={create.isPending}
      onCancel={close}
      onSubmit={body => create.mutate({ body })}
    />
  )
}
