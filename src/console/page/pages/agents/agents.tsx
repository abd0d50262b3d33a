import { Link, useLocation } from 'wouter'
import type { Agent } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { AgentForm } from './agent-form.tsx'
import { agentWords } from './words.ts'

export default function Agents() {
  const words = useWords(agentWords)
  const list = useList('listAgents', {}, { every: 10_000 })
  const columns: Column<Agent>[] = [
    {
      id: 'name',
      title: words.agent,
      width: 'minmax(8rem, 1fr)',
      cell: ({ name }) => <Link href={`/agents/${name}`}>{name}</Link>,
    },
    { id: 'model', title: words.model, width: 'minmax(8rem, 1fr)', cell: agent => agent.model },
    { id: 'source', title: words.source, width: '5rem', cell: agent => agent.source },
    { id: 'version', title: words.version, width: '5rem', cell: agent => agent.version },
    { id: 'changed', title: words.changed, width: '8rem', cell: agent => <Time at={agent.updated_at} /> },
    {
      id: 'description',
      title: words.description,
      width: 'minmax(10rem, 2fr)',
      cell: agent => agent.description ?? '–',
    },
  ]
  return (
    <Page title={words.title} actions={useMay('agents:write') && <NewAgent />}>
      <DataTable label={words.title} columns={columns} list={list} rowId={({ name }) => name} empty={words.empty} />
    </Page>
  )
}

function NewAgent() {
  const words = useWords(agentWords)
  const [, go] = useLocation()
  const create = useAction('createAgent', { onDone: ({ name }) => go(`/agents/${name}`) })
  return (
    <Dialog trigger={<Button kind="main">{words.create}</Button>} title={words.create}>
      {close => (
        <AgentForm
          isNew
          of={{ name: '', model: '' }}
          error={create.error}
          isBusy={create.isPending}
          onCancel={close}
          onSave={({ name = '', ...body }) => create.mutate({ body: { name, ...body } }, { onSuccess: close })}
        />
      )}
    </Dialog>
  )
}
