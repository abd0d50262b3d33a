import { type FormEvent, useState } from 'react'
import { ApiError } from '../../api/call.ts'
import type { Thread } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { LimitField } from '../../ui/limit-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { threadWords } from './words.ts'

/** What its client says of a thread, and for how long it stays. */
export function Edit({ thread }: { thread: Thread }) {
  const words = useWords(threadWords)
  return (
    <Dialog trigger={<Button>{words.edit}</Button>} title={words.edit}>
      {close => <Form thread={thread} onClose={close} />}
    </Dialog>
  )
}

function Form({ thread: { id, metadata }, onClose }: { thread: Thread; onClose: () => void }) {
  const words = useWords(threadWords)
  const common = useWords(commonWords)
  const [text, setText] = useState(JSON.stringify(metadata, null, 2))
  const [ttl, setTtl] = useState<number | null>(null)
  const [broken, setBroken] = useState<ApiError | null>(null)
  const { mutate, error, isPending } = useAction('updateThread')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBroken(null)
    try {
      const read = JSON.parse(text) as Record<string, unknown> // the API checks what it is
      mutate(
        { path: { id }, body: { metadata: read, ...(ttl !== null && { ttl_seconds: ttl }) } },
        { onSuccess: onClose },
      )
    } catch (failure) {
      setBroken(new ApiError(422, { code: 'invalid_request', detail: String(failure) }))
    }
  }
  const shown = broken ?? error
  return (
    <form className="form" onSubmit={submit}>
      <Field label={words.metadata} hint={words.metadataHint} lines={8} value={text} onChange={setText} />
      <LimitField label={words.ttl} hint={words.ttlHint} value={ttl} onChange={setTtl} />
      {shown && <ErrorBox error={shown} />}
      <div className="actions">
        <Button onPress={onClose}>{common.cancel}</Button>
        <Button kind="main" type="submit" isDisabled={isPending}>
          {common.save}
        </Button>
      </div>
    </form>
  )
}
