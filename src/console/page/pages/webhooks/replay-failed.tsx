import { useState } from 'react'
import { useAction } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { TimeField } from '../../ui/time-field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { webhookWords } from './words.ts'

const dayMs = 86_400_000

/** Many at a time, for a receiver that is well again. */
export function ReplayFailed({ webhookId }: { webhookId?: string }) {
  const words = useWords(webhookWords)
  return (
    <Dialog trigger={<Button>{words.replayFailed}</Button>} title={words.replayFailed}>
      {close => <Form close={close} {...(webhookId !== undefined && { webhookId })} />}
    </Dialog>
  )
}

function Form({ close, webhookId }: { close: () => void; webhookId?: string }) {
  const words = useWords(webhookWords)
  const common = useWords(commonWords)
  const [since, setSince] = useState(() => new Date(Date.now() - dayMs).toISOString())
  const replay = useAction('replayDeliveries')
  const send = () => replay.mutate({ body: { since, ...(webhookId !== undefined && { webhook_id: webhookId }) } })
  return (
    <>
      <p>{words.replayFailedText}</p>
      <TimeField label={words.since} value={since} onChange={setSince} />
      {replay.error && <ErrorBox error={replay.error} />}
      <p role="status">
        {replay.data && `${words.sentAgain} ${replay.data.count}`} {replay.data?.has_more && words.moreFailed}
      </p>
      <div className="actions">
        <Button onPress={close}>{common.close}</Button>
        <Button kind="main" isDisabled={replay.isPending || since === ''} onPress={send}>
          {words.replay}
        </Button>
      </div>
    </>
  )
}
