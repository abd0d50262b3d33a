import { useChat } from '@ai-sdk/react'
import { isToolUIPart, lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from 'ai'
import { useEffect, useRef, useState } from 'react'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import { savedMessages, saveMessages } from './saved-messages.ts'
import { stopAnswer, transport } from './transport.ts'

/** Only the end of a run that was completed brings its usage along. */
const isWhole = ({ metadata }: UIMessage): boolean =>
  typeof metadata === 'object' && metadata !== null && 'usage' in metadata

const isAnswered = ({ parts }: UIMessage): boolean =>
  parts.some(part => isToolUIPart(part) && part.state === 'approval-responded')

export function Chat({ id, begin }: { id: string; begin: () => void }) {
  const [saved] = useState(() => savedMessages(id))
  const [isCut, setCut] = useState(false)
  const [fault, setFault] = useState<string>()
  const reading = useRef(0)
  const input = useRef<HTMLTextAreaElement>(null)
  const chat = useChat({
    id,
    messages: saved,
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    // A connection may be cut with an error or without: then the answer has no end.
    onFinish: ({ isAbort, isDisconnect, isError, finishReason }) => {
      if (isDisconnect || (!isAbort && !isError && finishReason === undefined)) void readOn()
    },
  })
  const { messages, status } = chat
  const readOn = async () => {
    const own = ++reading.current
    setCut(true)
    await chat.resumeStream()
    if (own === reading.current) setCut(false)
  }

  useEffect(() => saveMessages(id, messages), [id, messages])
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is loaded
  useEffect(() => {
    const last = saved.at(-1)
    if (last && !isWhole(last)) void readOn()
  }, [])

  const last = messages.at(-1)
  const isAnswering = status === 'submitted' || status === 'streaming'
  const isBusy = isAnswering || isCut
  const failure = isBusy ? undefined : (chat.error?.message ?? (last?.role === 'user' ? 'No answer came.' : undefined))
  const retry = () => {
    setFault(undefined)
    const wasNotHeard = last?.role === 'user' || (last && isAnswered(last))
    void (wasNotHeard ? chat.sendMessage() : chat.regenerate())
    input.current?.focus()
  }
  const stop = () => {
    setFault(undefined)
    stopAnswer(id).catch((reason: Error) => setFault(`It could not be stopped. ${reason.message}`))
    input.current?.focus()
  }
  const decide = (approvalId: string, approved: boolean) => {
    void chat.addToolApprovalResponse({ id: approvalId, approved })
    input.current?.focus()
  }

  return (
    <main>
      <header>
        <h1>Chat</h1>
        <button type="button" onClick={begin}>
          New chat
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard */}
      <div className="log" role="log" aria-live="polite" aria-busy={isBusy} aria-label="Conversation" tabIndex={0}>
        <div>
          {messages.length === 0 && <p className="note">Ask something. You may load this page again at any moment.</p>}
          {messages.map(message => (
            <Message key={message.id} message={message} decide={isBusy ? null : decide} />
          ))}
        </div>
      </div>
      <div className="fault" role="alert">
        {fault ?? failure}
        {failure !== undefined && (
          <button type="button" onClick={retry}>
            Retry
          </button>
        )}
      </div>
      <p className="status" role="status">
        {isAnswering ? 'Answering …' : isCut ? 'Reading on as soon as the connection is there …' : ''}
      </p>
      <Composer input={input} isBusy={isBusy} send={text => void chat.sendMessage({ text })} stop={stop} />
    </main>
  )
}
