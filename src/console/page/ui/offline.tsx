import { useSyncExternalStore } from 'react'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'

const events = ['online', 'offline'] as const

/** Says that the device itself has no network, while it has none. */
export function Offline() {
  const words = useWords(commonWords)
  const isOnline = useSyncExternalStore(
    listener => {
      for (const event of events) addEventListener(event, listener)
      return () => {
        for (const event of events) removeEventListener(event, listener)
      }
    },
    () => navigator.onLine,
  )
  return isOnline ? null : (
    <p className="offline" role="status">
      {words.offline}
    </p>
  )
}
