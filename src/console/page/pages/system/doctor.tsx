import { useAction } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Json } from '../../ui/json.tsx'
import { Card } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { useWords } from '../../words/language.ts'
import { systemWords } from './words.ts'

/** What `bunkhouse doctor` finds, from inside. */
export function Doctor() {
  const words = useWords(systemWords)
  const { mutate, data, error, isPending } = useAction('examineSystem')
  const look = () => mutate({})
  return (
    <Card title={words.doctor}>
      <p>{words.doctorText}</p>
      <div className="actions">
        <Button onPress={look} isDisabled={isPending}>
          {isPending ? words.examining : words.examine}
        </Button>
      </div>
      {error && <ErrorBox error={error} onRetry={look} />}
      {data && (
        <ul className="versions" aria-label={words.doctor}>
          {data.findings.every(({ level }) => level === 'ok' || level === 'note') && <li>{words.allWell}</li>}
          {data.findings.map(({ level, area, text, advice }) => (
            <li key={`${area} ${text}`}>
              <Status state={level} /> {area}: {text} {advice && <strong>{advice}</strong>}
            </li>
          ))}
        </ul>
      )}
      <p className="soft">{words.doctorMore}</p>
      <Json value="bunkhouse doctor" label="bunkhouse doctor" />
    </Card>
  )
}
