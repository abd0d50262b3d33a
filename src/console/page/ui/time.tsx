import { useEffect, useState } from 'react'
import { useLocale } from '../words/language.ts'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** How long ago, or until; the very time where one points at it. */
export function Time({ at }: { at: string | null }) {
  const locale = useLocale()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000)
    return () => clearInterval(timer)
  }, [])
  if (at === null) return <span className="soft">–</span>
  const seconds = Math.round((Date.parse(at) - now) / 1_000)
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const told = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  return (
    <time dateTime={at} title={new Date(at).toLocaleString(locale)}>
      {told.format(Math.trunc(seconds / size), unit)}
    </time>
  )
}

/** Milliseconds as people read them. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  const minutes = Math.floor(milliseconds / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((milliseconds % 60_000) / 1_000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
