import { useState } from 'react'
import { useAction } from '../../api/use-api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice } from '../../ui/field.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { webhookWords } from './words.ts'

interface Props {
  id: string
  onSecret: (secret: string) => void
}

export function Rotate(props: Props) {
  const words = useWords(webhookWords)
  return (
    <Dialog trigger={<Button>{words.rotate}</Button>} title={words.rotate}>
      {close => <Form {...props} close={close} />}
    </Dialog>
  )
}

function Form({ id, onSecret, close }: Props & { close: () => void }) {
  const words = useWords(webhookWords)
  const common = useWords(commonWords)
  const [overlap, setOverlap] = useState<'86400' | '3600' | '0'>('86400')
  const rotate = useAction('rotateWebhookSecret', {
    onDone: ({ secret }) => {
      close()
      onSecret(secret)
    },
  })
  return (
    <>
      <p>{words.rotateText}</p>
      <Choice
        label={words.overlap}
        value={overlap}
        options={[
          ['86400', words.overlapDay],
          ['3600', words.overlapHour],
          ['0', words.overlapNone],
        ]}
        onChange={setOverlap}
      />
      {rotate.error && <ErrorBox error={rotate.error} />}
      <div className="actions">
        <Button onPress={close}>{common.cancel}</Button>
        <Button
          kind="danger"
          isDisabled={rotate.isPending}
          onPress={() => rotate.mutate({ path: { id }, body: { overlap_seconds: Number(overlap) } })}
        >
          {words.rotate}
        </Button>
      </div>
    </>
  )
}
