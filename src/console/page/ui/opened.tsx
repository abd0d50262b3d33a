import type { ReactNode } from 'react'
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'

interface Props {
  title: string
  isOpen: boolean
  /** Without: it is closed by what is in it alone. */
  onClose?: () => void
  children: ReactNode
}

/** A dialog that something else than its own button opens. */
export const Opened = ({ title, isOpen, onClose, children }: Props) => (
  <ModalOverlay
    className="overlay"
    isOpen={isOpen}
    isDismissable={onClose !== undefined}
    isKeyboardDismissDisabled={onClose === undefined}
    onOpenChange={open => !open && onClose?.()}
  >
    <Modal className="modal">
      <Dialog className="dialog">
        <Heading slot="title">{title}</Heading>
        {children}
      </Dialog>
    </Modal>
  </ModalOverlay>
)
