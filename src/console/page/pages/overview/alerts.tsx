import { useApi } from '../../api/use-api.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Card } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { useWords } from '../../words/language.ts'
import { overviewWords } from './words.ts'

/** What is wrong now, the worst first. */
export function Alerts() {
  const words = useWords(overviewWords)
  const query = useApi('listAlerts', {}, { every: 10_000 })
  return (
    <Card title={words.alerts}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">{words.noAlerts}</p>
          ) : (
            <ul className="versions" aria-label={words.alerts}>
              {data
                .toSorted((a, b) => (a.severity < b.severity ? -1 : 1))
                .map(({ name, severity, summary, subject, runbook }) => (
                  <li key={`${name} ${subject}`}>
                    <Status state={severity} /> <strong>{name}</strong> {summary} <code>{runbook}</code>
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}
