import { Link, useLocation } from 'wouter'
import type { Schedule } from '../../api/operations.ts'
import { useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { NewSchedule } from './new-schedule.tsx'
import { scheduleWords } from './words.ts'

export default function Schedules() {
  const words = useWords(scheduleWords)
  const [, go] = useLocation()
  const list = useList('listSchedules', {}, { every: 5_000 })
  const columns: Column<Schedule>[] = [
    {
      id: 'name',
      title: words.schedule,
      width: 'minmax(8rem, 1fr)',
      cell: ({ id, name, agent }) => <Link href={`/schedules/${id}`}>{name ?? agent}</Link>,
    },
    {
      id: 'rule',
      title: words.rule,
      width: 'minmax(8rem, 1fr)',
      cell: ({ cron, at }) => <code>{cron ?? at}</code>,
    },
    { id: 'zone', title: words.zone, width: '9rem', cell: schedule => schedule.timezone },
    { id: 'status', title: words.status, width: '6rem', cell: schedule => <Status state={schedule.status} /> },
    { id: 'next', title: words.next, width: '8rem', cell: schedule => <Time at={schedule.next_fire_at} /> },
    { id: 'last', title: words.last, width: '8rem', cell: schedule => <Time at={schedule.last_fire_at} /> },
  ]
  return (
    <Page
      title={words.title}
      actions={
        useMay('schedules:write') && (
          <Dialog trigger={<Button kind="main">{words.create}</Button>} title={words.create}>
            {close => (
              <NewSchedule
                onCancel={close}
                onDone={id => {
                  close()
                  go(`/schedules/${id}`)
                }}
              />
            )}
          </Dialog>
        )
      }
    >
      <DataTable label={words.title} columns={columns} list={list} rowId={({ id }) => id} empty={words.empty} />
    </Page>
  )
}
