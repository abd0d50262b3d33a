import { useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { Webhook } from '../../api/operations.ts'
import { useAction, useApi, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { ShownOnce } from '../../ui/shown-once.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { Deliveries, useDeliveryState } from './deliveries.tsx'
import { Rotate } from './rotate.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { webhookWords } from './words.ts'

export default function WebhookPage() {
  const words = useWords(webhookWords)
  const { id = '' } = useParams()
  const [secret, setSecret] = useState<string | null>(null)
  const [state, setState] = useDeliveryState()
  const mayWrite = useMay('webhooks:write')
  const query = useApi('readWebhook', { path: { id } }, { every: 5_000 })
  const deliveries = useList(
    'listDeliveriesOfWebhook',
    { path: { id }, query: state ? { state } : {} },
    { every: 2_000, enabled: query.data !== undefined },
  )
  return (
    <Page title={query.data?.name || `${words.webhook} ${id}`}>
      <Loaded query={query}>
        {hook => (
          <>
            <Card>
              <Summary hook={hook} />
              {mayWrite && <Actions hook={hook} onSecret={setSecret} />}
            </Card>
            <Deliveries title={words.deliveries} list={deliveries} state={state} onState={setState} webhookId={id} />
          </>
        )}
      </Loaded>
      <ShownOnce title={words.secret} text={words.secretText} secret={secret} onClose={() => setSecret(null)} />
    </Page>
  )
}

function Summary({ hook }: { hook: Webhook }) {
  const words = useWords(webhookWords)
  const { failing_since, previous_secret_until } = hook
  return (
    <Facts
      of={[
        [words.state, <Status key="state" state={hook.state} />],
        [words.url, hook.url],
        [words.events, hook.events.join(', ')],
        [words.agents, hook.agents?.join(', ') ?? words.allAgents],
        [words.created, <Time key="created" at={hook.created_at} />],
        [words.changed, <Time key="changed" at={hook.updated_at} />],
        ...(hook.disabled_reason !== null ? [[words.disabledReason, hook.disabled_reason] as [string, string]] : []),
        ...(failing_since !== null
          ? [[words.failingSince, <Time key="failing" at={failing_since} />] as [string, React.ReactNode]]
          : []),
        ...(previous_secret_until !== null
          ? [[words.previousSecret, <Time key="previous" at={previous_secret_until} />] as [string, React.ReactNode]]
          : []),
      ]}
    />
  )
}

function Actions({ hook, onSecret }: { hook: Webhook; onSecret: (secret: string) => void }) {
  const words = useWords(webhookWords)
  const [, go] = useLocation()
  const path = { id: hook.id }
  const change = useAction('changeWebhook', {
    assume: {
      of: 'readWebhook',
      change: (shown, { path, body }) =>
        shown.id === path.id ? { ...shown, state: body.enabled ? 'enabled' : 'disabled' } : shown,
    },
  })
  const test = useAction('testWebhook')
  const remove = useAction('deleteWebhook', { onDone: () => go('/webhooks') })
  const isEnabled = hook.state === 'enabled'
  const error = test.error ?? change.error
  return (
    <>
      {error && <ErrorBox error={error} />}
      <div className="actions">
        {isEnabled && (
          <Button kind="main" isDisabled={test.isPending} onPress={() => test.mutate({ path })}>
            {words.test}
          </Button>
        )}
        <Dialog trigger={<Button>{words.change}</Button>} title={words.change}>
          {close => <ChangeForm hook={hook} close={close} />}
        </Dialog>
        <Button isDisabled={change.isPending} onPress={() => change.mutate({ path, body: { enabled: !isEnabled } })}>
          {isEnabled ? words.disable : words.enable}
        </Button>
        <Rotate id={hook.id} onSecret={onSecret} />
        <Confirm
          trigger={<Button kind="danger">{words.delete}</Button>}
          title={words.delete}
          text={words.deleteText}
          act={words.delete}
          error={remove.error}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutateAsync({ path })}
        />
      </div>
    </>
  )
}

function ChangeForm({ hook, close }: { hook: Webhook; close: () => void }) {
  const change = useAction('changeWebhook', { onDone: close })
  return (
    <WebhookForm
      hook={hook}
      error={change.error}
      isBusy={change.isPending}
      onCancel={close}
      onSubmit={body => change.mutate({ path: { id: hook.id }, body })}
    />
  )
}
