import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { type LogFilter, type LogLine, useLogLines } from '../../api/log-lines.ts'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Json } from '../../ui/json.tsx'
import { Opened } from '../../ui/opened.tsx'
import { Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { useWords } from '../../words/language.ts'
import { logWords } from './words.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** What else a line says, as far as it is short. */
const detailsOf = ({ fields: { level: _, time: __, msg: ___, version: ____, ...others } }: LogLine): string =>
  Object.entries(others)
    .flatMap(([name, value]) => (typeof value === 'object' ? [] : `${name}=${value}`))
    .join(' ')

/** The log as it is written, the newest first. What is looked for is in the address, so that a link shows the same. */
export default function Logs() {
  const words = useWords(logWords)
  const [search, setSearch] = useSearchParams()
  const filter: LogFilter = {
    level: levels.find(level => level === search.get('level')) ?? 'info',
    contains: search.get('contains') ?? '',
  }
  const [isLive, setLive] = useState(true)
  const [opened, setOpened] = useState<LogLine | null>(null)
  const { lines, missed, isAway, error } = useLogLines(filter, isLive)
  const narrow = (chosen: Partial<LogFilter>) =>
    setSearch(new URLSearchParams(Object.entries({ ...filter, ...chosen }).filter(([, value]) => value !== '')), {
      replace: true,
    })
  const list = {
    rows: lines.toReversed(),
    error,
    isPending: false,
    hasNextPage: false,
    isFetchingNextPage: false,
    fetchNextPage: () => {},
    refetch: () => setLive(true),
  }
  // Whoever reads a line wants it to stay where it is.
  const open = (line: LogLine) => {
    setLive(false)
    setOpened(line)
  }
  const columns: Column<LogLine>[] = [
    {
      id: 'time',
      title: words.time,
      width: '7rem',
      cell: ({ time }) => <code title={time}>{time.slice(11, 23)}</code>,
    },
    { id: 'level', title: words.level, width: '5rem', cell: ({ level }) => <Status state={level} /> },
    {
      id: 'message',
      title: words.message,
      width: 'minmax(8rem, 1fr)',
      cell: line => (
        <Button kind="quiet" onPress={() => open(line)}>
          {line.msg}
        </Button>
      ),
    },
    { id: 'details', title: words.details, width: 'minmax(0, 3fr)', cell: line => <code>{detailsOf(line)}</code> },
  ]
  const runId = opened?.fields.runId
  return (
    <Page
      title={words.title}
      actions={<Button onPress={() => setLive(!isLive)}>{isLive ? words.pause : words.goOn}</Button>}
    >
      <p className="soft">{words.about}</p>
      <div className="filters">
        <Choice
          label={words.atLeast}
          value={filter.level}
          options={levels.map(level => [level, level] as const)}
          onChange={level => narrow({ level })}
        />
        <Field label={words.contains} value={filter.contains} onChange={contains => narrow({ contains })} />
      </div>
      {isAway && <p role="status">{words.away}</p>}
      {error && lines.length > 0 && <ErrorBox error={error} />}
      <DataTable
        label={words.title}
        columns={columns}
        list={list}
        rowId={({ n }) => String(n)}
        empty={words.empty}
        note={missed > 0 ? words.missed(missed) : undefined}
      />
      <Opened title={opened?.msg ?? ''} isOpen={opened !== null} onClose={() => setOpened(null)}>
        <Json value={opened?.fields} label={words.message} />
        {typeof runId === 'string' && <Link href={`/runs/${runId}`}>{words.toRun}</Link>}
      </Opened>
    </Page>
  )
}
