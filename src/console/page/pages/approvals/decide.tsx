import { useState } from 'react'
import { ApiError } from '../../api/call.ts'
import type { Approval, Decision } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { useWords } from '../../words/language.ts'
import { approvalWords } from './words.ts'

interface Props {
  approval: Pick<Approval, 'id' | 'kind' | 'form'>
  onDone?: () => void
}

/** What somebody can say to one that waits. */
export function Decide({ approval: { id, kind, form }, onDone }: Props) {
  const words = useWords(approvalWords)
  const hasForm = form !== null
  const [text, setText] = useState(hasForm ? '{}' : '')
  const [reason, setReason] = useState('')
  const [broken, setBroken] = useState<ApiError | null>(null)
  const resolve = useAction('resolveApproval', { onDone: () => onDone?.() })
  const send = (body: Decision) => {
    setBroken(null)
    resolve.mutate({ path: { id }, body })
  }
  /** What was typed, as the API takes it: JSON where a form is filled in. */
  const typed = (use: (value: never) => void) => {
    try {
      use((hasForm || kind === 'in_doubt' ? JSON.parse(text || 'null') : text) as never) // the API checks what it is
    } catch (error) {
      setBroken(new ApiError(422, { code: 'invalid_request', detail: String(error) }))
    }
  }
  const needsText = hasForm || kind !== 'approval'
  return (
    <div className="decide">
      {needsText && (
        <Field
          label={hasForm ? words.form : kind === 'in_doubt' ? words.happened : words.answer}
          lines={3}
          value={text}
          onChange={setText}
        />
      )}
      {kind !== 'in_doubt' && <Field label={words.reason} value={reason} onChange={setReason} />}
      {(broken ?? resolve.error) && <ErrorBox error={broken ?? resolve.error ?? new Error()} />}
      <div className="actions">
        {kind === 'approval' && (
          <Button
            kind="main"
            isDisabled={resolve.isPending}
            onPress={() => typed(answer => send({ action: 'approve', ...(hasForm && { answer }) }))}
          >
            {words.approve}
          </Button>
        )}
        {kind === 'question' && (
          <Button
            kind="main"
            isDisabled={resolve.isPending}
            onPress={() => typed(output => send({ action: 'done', output }))}
          >
            {words.answer}
          </Button>
        )}
        {kind === 'in_doubt' && (
          <>
            <Button
              kind="main"
              isDisabled={resolve.isPending}
              onPress={() => typed(output => send({ action: 'done', output }))}
            >
              {words.didHappen}
            </Button>
            <Button isDisabled={resolve.isPending} onPress={() => send({ action: 'run_again' })}>
              {words.runAgain}
            </Button>
            <Button
              kind="danger"
              isDisabled={resolve.isPending}
              onPress={() => send({ action: 'fail', reason: words.fail })}
            >
              {words.fail}
            </Button>
          </>
        )}
        {kind !== 'in_doubt' && (
          <Button
            kind="danger"
            isDisabled={resolve.isPending}
            onPress={() => send({ action: 'deny', reason: reason || words.deny })}
          >
            {words.deny}
          </Button>
        )}
      </div>
    </div>
  )
}
