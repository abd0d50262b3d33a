import { useState } from 'react'
import { useLocation } from 'wouter'
import { ApiError, type Given } from '../../api/call.ts'
import type { Run } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Field } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { runWords } from './words.ts'

const isFinal = ({ status }: Pick<Run, 'status'>): boolean => /^(completed|failed|cancelled)$/.test(status)

export function RunActions({ run }: { run: Run }) {
  const words = useWords(runWords)
  const [, go] = useLocation()
  const cancel = useAction('cancelRun')
  const retry = useAction('createRun', { onDone: made => go(`/runs/${made.id}`) })
  const mayWrite = useMay('runs:write')
  const hasFailed = run.status === 'failed' || run.status === 'cancelled'
  return (
    <>
      <Copy text={location.href} label={words.link} />
      {mayWrite && hasFailed && (
        <Button isDisabled={retry.isPending} onPress={() => retry.mutate(sameRun(run, run.input, true))}>
          {words.retry}
        </Button>
      )}
      {mayWrite && <RunAgain key={run.id} run={run} />}
      {mayWrite && !isFinal(run) && (
        <Confirm
          trigger={<Button kind="danger">{words.cancel}</Button>}
          title={words.cancel}
          text={words.cancelText}
          act={words.cancel}
          error={cancel.error}
          isBusy={cancel.isPending}
          onConfirm={() => cancel.mutateAsync({ path: { id: run.id } })}
        />
      )}
      {retry.error && <ErrorBox error={retry.error} />}
    </>
  )
}

/** Whatever the input was: the API says what is wrong with one. */
const sameRun = (run: Run, input: unknown, onThread: boolean): Given<'createRun'> => ({
  body: {
    agent: run.agent,
    input: input as Given<'createRun'>['body']['input'],
    metadata: { ...(typeof run.metadata === 'object' ? run.metadata : {}), again: run.id },
    ...(onThread && run.thread_id !== null && { thread_id: run.thread_id }),
  },
})

/** With an input that may be changed first. */
function RunAgain({ run }: { run: Run }) {
  const words = useWords(runWords)
  const common = useWords(commonWords)
  const [, go] = useLocation()
  const isText = typeof run.input === 'string'
  const [text, setText] = useState(isText ? String(run.input) : JSON.stringify(run.input, null, 2))
  const [onThread, setOnThread] = useState(false)
  const [broken, setBroken] = useState<ApiError | null>(null)
  const create = useAction('createRun', { onDone: made => go(`/runs/${made.id}`) })
  const start = (close: () => void) => {
    const input = isText ? text : parsed(text)
    setBroken(input === undefined ? new ApiError(422, { code: 'invalid_request', detail: words.notJson }) : null)
    if (input !== undefined) create.mutate(sameRun(run, input, onThread), { onSuccess: close })
  }
  const error = broken ?? create.error
  return (
    <Dialog trigger={<Button>{words.again}</Button>} title={words.again}>
      {close => (
        <>
          <p>{words.againText}</p>
          <Field label={words.input} lines={6} value={text} onChange={setText} />
          {run.thread_id && (
            <label className="tick">
              <input type="checkbox" checked={onThread} onChange={({ target }) => setOnThread(target.checked)} />
              {words.onThread}
            </label>
          )}
          {error && <ErrorBox error={error} />}
          <div className="actions">
            <Button onPress={close}>{common.cancel}</Button>
            <Button kind="main" isDisabled={create.isPending || text === ''} onPress={() => start(close)}>
              {words.again}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
