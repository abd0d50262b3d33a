import { Link, useLocation, useParams } from 'wouter'
import type { Agent } from '../../api/operations.ts'
import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { AgentForm } from './agent-form.tsx'
import { changesFrom, definitionOf } from './definition.ts'
import { Versions } from './versions.tsx'
import { agentWords } from './words.ts'

export default function AgentPage() {
  const words = useWords(agentWords)
  const { name = '' } = useParams()
  const query = useApi('readAgent', { path: { name } })
  return (
    <Page title={`${words.agent} ${name}`} actions={query.data && <Actions agent={query.data} />}>
      <Loaded query={query}>{agent => <Definition agent={agent} />}</Loaded>
      <Versions name={name} isOwn={query.data?.source === 'api'} current={query.data?.version} />
    </Page>
  )
}

function Definition({ agent }: { agent: Agent }) {
  const words = useWords(agentWords)
  const { description, instructions, model, source, tools, updated_at, version } = agent
  return (
    <Card title={words.definition}>
      <Facts
        of={[
          [words.model, model],
          [words.source, source],
          [words.version, version],
          [words.changed, <Time key="changed" at={updated_at} />],
          [words.tools, tools.map(tool => tool.name).join(', ') || '–'],
        ]}
      />
      {description && <p>{description}</p>}
      {source !== 'api' && <p className="soft">{words.ofCode}</p>}
      {instructions && (
        <>
          <h3>{words.instructions}</h3>
          <p className="said">{instructions}</p>
        </>
      )}
      <details>
        <summary>JSON</summary>
        <Json value={agent} label={words.definition} />
      </details>
    </Card>
  )
}

function Actions({ agent }: { agent: Agent }) {
  const words = useWords(agentWords)
  const [, go] = useLocation()
  const { name, source } = agent
  const before = definitionOf(agent)
  const update = useAction('updateAgent')
  const remove = useAction('deleteAgent', { onDone: () => go('/agents') })
  const mayWrite = useMay('agents:write') && source === 'api'
  return (
    <>
      {useMay('runs:write') && <Link href={`/playground?agent=${encodeURIComponent(name)}`}>{words.talk}</Link>}
      {mayWrite && (
        <Dialog trigger={<Button>{words.edit}</Button>} title={words.edit}>
          {close => (
            <AgentForm
              of={before}
              error={update.error}
              isBusy={update.isPending}
              onCancel={close}
              onSave={now => update.mutate({ path: { name }, body: changesFrom(before, now) }, { onSuccess: close })}
            />
          )}
        </Dialog>
      )}
      {mayWrite && (
        <Confirm
          trigger={<Button kind="danger">{words.remove}</Button>}
          title={words.remove}
          text={words.removeText}
          act={words.remove}
          error={remove.error}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutateAsync({ path: { name } })}
        />
      )}
    </>
  )
}
