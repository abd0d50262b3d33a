import { useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Json } from '../../ui/json.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import { Doctor } from './doctor.tsx'
import { Secrets } from './secrets.tsx'
import { SettingsForm } from './settings-form.tsx'
import { systemWords } from './words.ts'

export default function SystemPage() {
  const words = useWords(systemWords)
  const query = useApi('readSystem', {}, { every: 5_000 })
  return (
    <Page title={words.title}>
      <Loaded query={query}>
        {({ version, environment, started_at, database, processes, outdated_runs, settings }) => (
          <>
            <Card>
              <Facts
                of={[
                  [words.version, version],
                  [words.environment, environment],
                  [words.started, <Time key="started" at={started_at} />],
                  [words.database, `${database.dialect}, ${(database.size_bytes / 1e6).toFixed(1)} MB`],
                ]}
              />
              {outdated_runs.length > 0 && <Json value={outdated_runs} label={words.outdated} />}
            </Card>
            <Card title={words.processes}>
              <ul className="versions">
                {processes.map(({ id, host, pid, version: own, roles, state, seen_at }) => (
                  <li key={id}>
                    <Status state={state} /> {host} ({pid}) {own}: {roles.join(', ')}{' '}
                    <span className="soft">
                      {words.seen} <Time at={seen_at} />
                    </span>
                  </li>
                ))}
              </ul>
            </Card>
            <SettingsForm key={JSON.stringify(settings)} settings={settings} />
          </>
        )}
      </Loaded>
      {useMay('secrets:read') && <Secrets />}
      {useMay('system:write') && <Doctor />}
    </Page>
  )
}
