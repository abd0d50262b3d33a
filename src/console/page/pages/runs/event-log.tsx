import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import type { RunEvent } from '../../api/run-events.ts'
import { useLocale, useWords } from '../../words/language.ts'
import { runWords } from './words.ts'

/** All that was written, as it was written; only what is seen of it is there, as logs grow long. */
export function EventLog({ events }: { events: RunEvent[] }) {
  const words = useWords(runWords)
  const locale = useLocale()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 26,
    overscan: 20,
  })
  if (events.length === 0) return <p className="empty">{words.noEvents}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrolled by the keyboard, too
    <section className="log" ref={scroller} tabIndex={0} aria-label={words.log}>
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const event = events[index]
          return event === undefined ? null : (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={events.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <code>
                {event.seq} {event.type}
              </code>{' '}
              <span className="soft">
                {new Date(event.at).toLocaleTimeString(locale)} {JSON.stringify(event.data)}
              </span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
