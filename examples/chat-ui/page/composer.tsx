import { type KeyboardEvent, type RefObject, useState } from 'react'

interface ComposerProps {
  input: RefObject<HTMLTextAreaElement | null>
  isBusy: boolean
  send(text: string): void
  stop(): void
}

/** Enter sends, Shift and Enter begins a line. What is written while an answer comes waits until it is there. */
export function Composer({ input, isBusy, send, stop }: ComposerProps) {
  const [text, setText] = useState('')
  const submit = () => {
    if (isBusy || text.trim() === '') return
    send(text.trim())
    setText('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends a word that is composed, as in Chinese or Japanese.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        ref={input}
        aria-label="Message"
        placeholder="Message"
        rows={1}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {isBusy ? (
        <button type="button" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="submit" className="primary" disabled={text.trim() === ''}>
          Send
        </button>
      )}
    </form>
  )
}
