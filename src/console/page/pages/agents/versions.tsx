import type { AgentVersion } from '../../api/operations.ts'
import { useAction, useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Card } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { diffLines } from './diff-lines.ts'
import { agentWords } from './words.ts'

interface VersionsProps {
  name: string
  /** It is changed over the API, so it can be rolled back. */
  isOwn: boolean
  /** The version that new runs take. */
  current: number | undefined
}

export function Versions({ name, isOwn, current }: VersionsProps) {
  const words = useWords(agentWords)
  const { more } = useWords(commonWords)
  const { rows, error, refetch, hasNextPage, fetchNextPage } = useList('listVersions', {
    path: { name },
    query: { limit: 20 },
  })
  return (
    <Card title={words.versions}>
      {error && <ErrorBox error={error} onRetry={() => void refetch()} />}
      <ol className="versions">
        {rows.map((version, index) => (
          <One
            key={version.version}
            version={version}
            before={rows[index + 1]}
            isCurrent={version.version === current}
            canRollBack={isOwn && version.version !== current}
          />
        ))}
      </ol>
      {hasNextPage && <Button onPress={() => void fetchNextPage()}>{more}</Button>}
    </Card>
  )
}

interface Props {
  version: AgentVersion
  before: AgentVersion | undefined
  isCurrent: boolean
  canRollBack: boolean
}

function One({ version, before, isCurrent, canRollBack }: Props) {
  const words = useWords(agentWords)
  const roll = useAction('rollBackAgent')
  const mayWrite = useMay('agents:write')
  return (
    <li className="in-line">
      <strong>
        {words.version} {version.version}
      </strong>{' '}
      {isCurrent && <span className="status good">{words.current} </span>}
      <span className="soft">
        {version.model} · <Time at={version.created_at} />
      </span>
      {canRollBack && mayWrite && (
        <Confirm
          trigger={<Button kind="quiet">{words.rollBack}</Button>}
          title={`${words.rollBack}: ${version.version}`}
          text={words.rollBackText}
          act={words.rollBack}
          error={roll.error}
          isBusy={roll.isPending}
          onConfirm={() => roll.mutateAsync({ path: { name: version.name }, body: { version: version.version } })}
        />
      )}
      {before && (
        <details>
          <summary>{words.compare}</summary>
          <Difference before={before} after={version} />
        </details>
      )}
    </li>
  )
}

/** Without what is in every version another. */
const textOf = ({ version: _, created_at: __, ...said }: AgentVersion): string => JSON.stringify(said, null, 2)

function Difference({ before, after }: { before: AgentVersion; after: AgentVersion }) {
  const words = useWords(agentWords)
  const lines = diffLines(textOf(before), textOf(after))
  if (lines.every(({ kind }) => kind === 'same')) return <p className="soft">{words.same}</p>
  return (
    <div className="diff">
      {lines.map(({ kind, text }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of two texts that do not change
        <div key={index} className={kind}>
          {kind === 'gone' ? '− ' : kind === 'new' ? '+ ' : '  '}
          {text}
        </div>
      ))}
    </div>
  )
}
