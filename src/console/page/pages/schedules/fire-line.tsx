import { useLocale } from '../../words/language.ts'

interface Props {
  times: string[]
  timezone: string
  label: string
}

const width = 1_000

/** The coming fires in their order and at their distances, in the schedule's own zone. */
export function FireLine({ times, timezone, label }: Props) {
  const locale = useLocale()
  const told = times.map(at =>
    new Date(at).toLocaleString(locale, { timeZone: timezone, dateStyle: 'medium', timeStyle: 'short' }),
  )
  const first = Date.parse(times[0] ?? '')
  const span = Math.max(1, Date.parse(times.at(-1) ?? '') - first)
  return (
    <>
      <svg className="fire-line" viewBox={`0 0 ${width} 24`} role="img" aria-label={`${label}: ${told.join('; ')}`}>
        <line x1="8" x2={width - 8} y1="12" y2="12" />
        {times.map(at => (
          <circle key={at} cx={8 + ((Date.parse(at) - first) / span) * (width - 16)} cy="12" r="6" />
        ))}
      </svg>
      <ol className="versions">
        {told.map(text => (
          <li key={text}>{text}</li>
        ))}
      </ol>
    </>
  )
}
