import type { ReactNode } from 'react'
import { Dialog as AriaDialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import type { ApiError } from '../api/call.ts'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'
import { ErrorBox } from './error-box.tsx'

interface Props {
  /** What opens it: a button. */
  trigger: ReactNode
  title: string
  children: (close: () => void) => ReactNode
}

export const Dialog = ({ trigger, title, children }: Props) => (
  <DialogTrigger>
    {trigger}
    <ModalOverlay className="overlay" isDismissable>
      <Modal className="modal">
        <AriaDialog className="dialog">
          {({ close }) => (
            <>
              <Heading slot="title">{title}</Heading>
              {children(close)}
            </>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  </DialogTrigger>
)

interface ConfirmProps {
  trigger: ReactNode
  title: string
  /** What will happen. */
  text: string
  /** What the button says that does it. */
  act: string
  error: ApiError | null
  isBusy: boolean
  /** Resolves when it is done; the dialog stays where it fails. */
  onConfirm: () => Promise<unknown>
}

/** Asks before something is done that cannot be undone. */
export function Confirm({ trigger, title, text, act, error, isBusy, onConfirm }: ConfirmProps) {
  const words = useWords(commonWords)
  return (
    <Dialog trigger={trigger} title={title}>
      {close => (
        <>
          <p>{text}</p>
          {error && <ErrorBox error={error} />}
          <div className="actions">
            <Button onPress={close}>{words.cancel}</Button>
            <Button kind="danger" isDisabled={isBusy} onPress={() => void onConfirm().then(close, () => {})}>
              {act}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}
