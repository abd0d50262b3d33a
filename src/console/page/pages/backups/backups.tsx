import { addressOf } from '../../api/call.ts'
import type { Backup } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { backupWords } from './words.ts'

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

export default function Backups() {
  const words = useWords(backupWords)
  const common = useWords(commonWords)
  const mayWrite = useMay('backups:write')
  const list = useList('listBackups', {}, { every: 3_000 })
  const make = useAction('createBackup')
  const columns: Column<Backup>[] = [
    {
      id: 'name',
      title: words.name,
      width: 'minmax(12rem, 2fr)',
      cell: ({ name }) => <a href={addressOf('downloadBackup', { path: { name } })}>{name}</a>,
    },
    { id: 'size', title: words.size, width: '7rem', cell: backup => size(backup.bytes) },
    { id: 'made', title: words.made, width: '9rem', cell: backup => <Time at={backup.made_at} /> },
    {
      id: 'act',
      title: common.actions,
      width: '7rem',
      cell: backup => (mayWrite ? <Remove name={backup.name} /> : null),
    },
  ]
  return (
    <Page
      title={words.title}
      actions={
        mayWrite && (
          <Button kind="main" isDisabled={make.isPending} onPress={() => make.mutate({})}>
            {words.make}
          </Button>
        )
      }
    >
      {make.data && <p role="status">{words.asked}</p>}
      {make.error && <ErrorBox error={make.error} />}
      <DataTable label={words.title} columns={columns} list={list} rowId={({ name }) => name} empty={words.empty} />
      <Card title={words.restore}>
        <p>{words.restoreText}</p>
        <Json value={`bunkhouse restore ${list.rows[0]?.name ?? '<file>'}`} label={words.restore} />
      </Card>
    </Page>
  )
}

function Remove({ name }: { name: string }) {
  const words = useWords(backupWords)
  const remove = useAction('deleteBackup')
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
