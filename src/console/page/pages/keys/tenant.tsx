import { useParams } from 'wouter'
import type { Tenant } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { TenantForm } from './tenant-form.tsx'
import { tenantState } from './tenants.tsx'
import { keyWords } from './words.ts'

export default function TenantPage() {
  const words = useWords(keyWords)
  const { id = '' } = useParams()
  const query = useApi('readTenant', { path: { id } }, { every: 5_000 })
  const mayWrite = useMay('tenants:write')
  return (
    <Page title={`${words.tenant} ${id}`}>
      <Loaded query={query}>
        {tenant => (
          <Card>
            <Facts
              of={[
                [words.state, <Status key="state" state={tenantState(tenant)} />],
                [words.name, tenant.name],
                [words.rateLimit, tenant.rate_limit ?? words.noLimit],
                [words.created, <Time key="created" at={tenant.created_at} />],
                ...(tenant.archived_at === null
                  ? []
                  : [[words.archived, <Time key="archived" at={tenant.archived_at} />] as [string, React.ReactNode]]),
              ]}
            />
            {mayWrite && <Actions tenant={tenant} />}
          </Card>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ tenant }: { tenant: Tenant }) {
  const words = useWords(keyWords)
  const change = useAction('changeTenant')
  const path = { id: tenant.id }
  const isArchived = tenant.archived_at !== null
  return (
    <>
      {isArchived && change.error && <ErrorBox error={change.error} />}
      <div className="actions">
        <Dialog trigger={<Button>{words.change}</Button>} title={words.change}>
          {close => <ChangeForm tenant={tenant} close={close} />}
        </Dialog>
        {isArchived ? (
          <Button isDisabled={change.isPending} onPress={() => change.mutate({ path, body: { archived: false } })}>
            {words.restore}
          </Button>
        ) : (
          <Confirm
            trigger={<Button kind="danger">{words.archive}</Button>}
            title={words.archive}
            text={words.archiveText}
            act={words.archive}
            error={change.error}
            isBusy={change.isPending}
            onConfirm={() => change.mutateAsync({ path, body: { archived: true } })}
          />
        )}
      </div>
    </>
  )
}

function ChangeForm({ tenant, close }: { tenant: Tenant; close: () => void }) {
  const change = useAction('changeTenant', { onDone: close })
  return (
    <TenantForm
      of={tenant}
      error={change.error}
      isBusy={change.isPending}
      onCancel={close}
      onSubmit={({ id, ...body }) => change.mutate({ path: { id }, body })}
    />
  )
}
