import { useState } from 'react'
import { Link } from 'wouter'
import type { Webhook } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Page } from '../../ui/page.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { Deliveries, useDeliveryState } from './deliveries.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { webhookWords } from './words.ts'

export default function Webhooks() {
  const words = useWords(webhookWords)
  const [secret, setSecret] = useState<string | null>(null)
  const [state, setState] = useDeliveryState()
  const list = useList('listWebhooks', {}, { every: 5_000 })
  const deliveries = useList('listDeliveries', { query: state ? { state } : {} }, { every: 3_000 })
  const mayWrite = useMay('webhooks:write')
  const columns: Column<Webhook>[] = [
    {
      id: 'name',
      title: words.name,
      width: 'minmax(8rem, 1fr)',
      cell: ({ id, name }) => <Link href={`/webhooks/${id}`}>{name || <code>{id}</code>}</Link>,
    },
    { id: 'url', title: words.url, width: 'minmax(10rem, 2fr)', cell: ({ url }) => <span title={url}>{url}</span> },
    { id: 'state', title: words.state, width: '6.5rem', cell: hook => <Status state={hook.state} /> },
    {
      id: 'events',
      title: words.events,
      width: 'minmax(8rem, 2fr)',
      cell: ({ events }) => <span title={events.join(', ')}>{events.join(', ')}</span>,
    },
    { id: 'created', title: words.created, width: '7rem', cell: hook => <Time at={hook.created_at} /> },
  ]
  return (
    <Page title={words.title} actions={mayWrite && <NewWebhook onSecret={setSecret} />}>
      <DataTable label={words.title} columns={columns} list={list} rowId={hook => hook.id} empty={words.empty} />
      <Deliveries title={words.allDeliveries} list={deliveries} state={state} onState={setState} />
      <ShownOnce title={words.secret} text={words.secretText} secret={secret} onClose={() => setSecret(null)} />
    </Page>
  )
}

function NewWebhook({ onSecret }: { onSecret: (secret: string) => void }) {
  const words = useWords(webhookWords)
  return (
    <Dialog trigger={<Button kind="main">{words.make}</Button>} title={words.make}>
      {close => <NewForm close={close} onSecret={onSecret} />}
    </Dialog>
  )
}

/** Apart, so that what was typed, and what went wrong, is forgotten when the dialog closes. */
function NewForm({ close, onSecret }: { close: () => void; onSecret: (secret: string) => void }) {
  const create = useAction('createWebhook', {
    onDone: ({ secret }) => {
      close()
      onSecret(secret)
    },
  })
  return (
    <WebhookForm
      error={create.error}
      isBusy={create.isPending}
      onCancel={close}
      onSubmit={body => create.mutate({ body })}
    />
  )
}
