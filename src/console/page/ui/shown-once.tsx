import { useRef, useState } from 'react'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'
import { Opened } from './opened.tsx'

interface Props {
  title: string
  text: string
  /** Null: there is nothing to show. */
  secret: string | null
  onClose: () => void
}

/** A secret that nobody can read again. A click beside it does not lose it, and the browser stores it nowhere. */
export const ShownOnce = ({ title, text, secret, onClose }: Props) => (
  <Opened title={title} isOpen={secret !== null}>
    <p>{text}</p>
    <Copied label={title} secret={secret ?? ''} onClose={onClose} />
  </Opened>
)

function Copied({ label, secret, onClose }: { label: string; secret: string; onClose: () => void }) {
  const words = useWords(commonWords)
  const field = useRef<HTMLInputElement>(null)
  const [isCopied, setCopied] = useState(false)
  const copy = () => {
    // Over plain http there may be no clipboard: what is selected can still be copied by the keyboard.
    field.current?.select()
    void navigator.clipboard?.writeText(secret).then(
      () => setCopied(true),
      () => {},
    )
  }
  return (
    <>
      <div className="secret">
        <label className="field">
          <span>{label}</span>
          <input ref={field} readOnly value={secret} autoComplete="off" onFocus={({ target }) => target.select()} />
        </label>
        <Button kind="main" onPress={copy}>
          {isCopied ? words.copied : words.copy}
        </Button>
      </div>
      <div className="actions">
        <Button onPress={onClose}>{words.close}</Button>
      </div>
    </>
  )
}
