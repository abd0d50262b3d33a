import type { AuditEntry } from '../../api/operations.ts'
import { Button } from '../../ui/button.tsx'
import { Json } from '../../ui/json.tsx'
import { Facts } from '../../ui/page.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useLocale, useWords } from '../../words/language.ts'
import type { Filter } from './filters.tsx'
import { auditWords } from './words.ts'

interface Props {
  entry: AuditEntry
  /** What its actor is called. */
  name: string
  onNarrow: (filter: Filter) => void
  onClose: () => void
}

/** All that is known of one. */
export function Entry({ entry, name, onNarrow, onClose }: Props) {
  const words = useWords(auditWords)
  const { close } = useWords(commonWords)
  const locale = useLocale()
  const { at, actor, action, target, details, request_id, address, previous_hash, hash } = entry
  return (
    <>
      <Facts
        of={[
          [words.when, new Date(at).toLocaleString(locale)],
          [words.action, action],
          [words.actor, name === actor ? actor : `${name} (${actor})`],
          [words.target, `${target.type} ${target.id}`],
          [words.address, address ?? '–'],
          [words.request, <code key="request">{request_id ?? '–'}</code>],
          [words.hash, <code key="hash">{hash}</code>],
          [words.previousHash, <code key="previous">{previous_hash}</code>],
        ]}
      />
      <h3>{words.details}</h3>
      <Json value={details} label={words.details} />
      <p className="soft">{words.proof}</p>
      <div className="actions">
        <Button onPress={() => onNarrow({ actor })}>{words.byActor}</Button>
        <Button onPress={() => onNarrow({ target: target.id })}>{words.onTarget}</Button>
        <Button onPress={onClose}>{close}</Button>
      </div>
    </>
  )
}
