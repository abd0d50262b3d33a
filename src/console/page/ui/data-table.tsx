import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef } from 'react'
import type { ApiError } from '../api/call.ts'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'
import { ErrorBox } from './error-box.tsx'

export interface Column<Row> {
  /** Tells it from the others. */
  id: string
  title: string
  /** As in `grid-template-columns`. */
  width: string
  cell: (row: Row) => ReactNode
}

interface Props<Row> {
  label: string
  columns: Column<Row>[]
  list: {
    rows: Row[]
    error: ApiError | null
    isPending: boolean
    hasNextPage: boolean
    isFetchingNextPage: boolean
    fetchNextPage: () => unknown
    refetch: () => unknown
  }
  rowId: (row: Row) => string
  /** What to do where there is nothing. */
  empty: ReactNode
  /** Of how far a search has come. */
  note?: ReactNode
}

const rowHeight = 44

/** A list of any length: only what is seen is there, and what comes below is read when it is wanted. */
export function DataTable<Row>({ label, columns, list, rowId, empty, note }: Props<Row>) {
  const words = useWords(commonWords)
  const scroller = useRef<HTMLDivElement>(null)
  const { rows, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = list
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') }
  if (error && rows.length === 0) return <ErrorBox error={error} onRetry={() => void refetch()} />
  if (isPending) return <p role="status">{words.loading}</p>
  const more = (
    <>
      {note && <p role="status">{note}</p>}
      {hasNextPage && (
        <Button onPress={() => void fetchNextPage()} isDisabled={isFetchingNextPage}>
          {isFetchingNextPage ? words.loading : words.more}
        </Button>
      )}
    </>
  )
  if (rows.length === 0) return hasNextPage ? more : <div className="empty">{empty}</div>
  return (
    <>
      {error && <ErrorBox error={error} onRetry={() => void refetch()} />}
      {/* biome-ignore-start lint/a11y/useSemanticElements: rows of a table element cannot be placed by themselves */}
      {/* biome-ignore-start lint/a11y/useFocusableInteractive: what is in them has the focus */}
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by the keyboard, too */}
      <div className="table" role="table" aria-label={label} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
        <div className="table-head" role="row" style={template}>
          {columns.map(({ id, title }) => (
            <div key={id} role="columnheader">
              {title}
            </div>
          ))}
        </div>
        <div className="table-body" role="rowgroup" ref={scroller} tabIndex={0} aria-label={label}>
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index]
              return row === undefined ? null : (
                <div
                  key={rowId(row)}
                  role="row"
                  aria-rowindex={index + 2}
                  className="table-row"
                  style={{ ...template, transform: `translateY(${start}px)`, height: rowHeight }}
                >
                  {columns.map(({ id, cell }) => (
                    <div key={id} role="cell">
                      {cell(row)}
                    </div>
                  ))}
                </div>
              )
            })}
          </div>
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: as above */}
      {/* biome-ignore-end lint/a11y/useFocusableInteractive: as above */}
      {/* biome-ignore-end lint/a11y/useSemanticElements: as above */}
      {more}
    </>
  )
}
