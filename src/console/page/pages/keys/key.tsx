import { Link, useParams } from 'wouter'
import type { Key } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { KeyForm } from './key-form.tsx'
import { keyWords } from './words.ts'

export default function KeyPage() {
  const words = useWords(keyWords)
  const { never } = useWords(commonWords)
  const { id = '' } = useParams()
  const query = useApi('readKey', { path: { id } }, { every: 5_000 })
  const mayWrite = useMay('keys:write')
  const mayAudit = useMay('audit:read')
  return (
    <Page title={query.data?.name ?? `${words.key} ${id}`}>
      <Loaded query={query}>
        {key => (
          <Card>
            <Facts
              of={[
                [words.state, <Status key="state" state={key.state} />],
                [words.prefix, <code key="prefix">{key.prefix}</code>],
                [words.scopes, key.scopes.join(', ')],
                [words.agents, key.agents?.join(', ') ?? words.allAgents],
                [words.rateLimit, key.rate_limit ?? words.asConfigured],
                [words.created, <Time key="created" at={key.created_at} />],
                [words.lastUsed, key.last_used_at === null ? never : <Time key="used" at={key.last_used_at} />],
                [words.expires, key.expires_at === null ? never : <Time key="expires" at={key.expires_at} />],
                ...(key.revoked_at === null
                  ? []
                  : [[words.revoked, <Time key="revoked" at={key.revoked_at} />] as [string, React.ReactNode]]),
              ]}
            />
            {mayAudit && (
              <p>
                <Link href={`/audit?actor=${id}`}>{words.done}</Link>
              </p>
            )}
            {mayWrite && key.state !== 'revoked' && <Actions of={key} />}
          </Card>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ of }: { of: Key }) {
  const words = useWords(keyWords)
  const revoke = useAction('revokeKey')
  return (
    <div className="actions">
      <Dialog trigger={<Button>{words.change}</Button>} title={words.change}>
        {close => <ChangeForm of={of} close={close} />}
      </Dialog>
      <Confirm
        trigger={<Button kind="danger">{words.revoke}</Button>}
        title={words.revoke}
        text={words.revokeText}
        act={words.revoke}
        error={revoke.error}
        isBusy={revoke.isPending}
        onConfirm={() => revoke.mutateAsync({ path: { id: of.id } })}
      />
    </div>
  )
}

function ChangeForm({ of, close }: { of: Key; close: () => void }) {
  const change = useAction('changeKey', { onDone: close })
  return (
    <KeyForm
      of={of}
      error={change.error}
      isBusy={change.isPending}
      onCancel={close}
      onSubmit={({ name, agents, rate_limit, expires_at }) =>
        change.mutate({
          path: { id: of.id },
          // An end that has passed is not taken, and need not be said again.
          body: { name, agents, rate_limit, ...(expires_at !== of.expires_at && { expires_at }) },
        })
      }
    />
  )
}
