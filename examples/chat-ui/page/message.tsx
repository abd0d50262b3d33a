import { getToolName, isToolUIPart, type UIMessage } from 'ai'

type Part = UIMessage['parts'][number]

interface MessageProps {
  message: UIMessage
  /** Null while an answer is being made: what it asks for may have been answered already. */
  decide: ((approvalId: string, approved: boolean) => void) | null
}

export function Message({ message, decide }: MessageProps) {
  return (
    <article className={message.role} aria-label={message.role === 'user' ? 'You' : 'Assistant'}>
      {message.parts.map((part, index) => (
        // Parts have no names of their own, and never change places.
        // biome-ignore lint/suspicious/noArrayIndexKey: as the line above says
        <PartView key={index} part={part} decide={decide} />
      ))}
    </article>
  )
}

function PartView({ part, decide }: { part: Part } & Pick<MessageProps, 'decide'>) {
  if (part.type === 'text') return <p>{part.text}</p>
  if (part.type === 'reasoning')
    return (
      <details>
        <summary>Thoughts</summary>
        <p>{part.text}</p>
      </details>
    )
  if (part.type === 'data-approval') return <p className="note">This waits for a decision that is made elsewhere.</p>
  return isToolUIPart(part) ? <ToolCall part={part} decide={decide} /> : null
}

const told = {
  'input-streaming': 'is called …',
  'input-available': 'is working …',
  'approval-requested': 'asks to be allowed',
  'approval-responded': 'has its answer',
  'output-available': 'is done',
  'output-error': 'failed',
  'output-denied': 'was not allowed',
}

function ToolCall({ part, decide }: { part: Extract<Part, { toolCallId: string }> } & Pick<MessageProps, 'decide'>) {
  const name = getToolName(part)
  const approvalId = part.state === 'approval-requested' ? part.approval.id : undefined
  const result = part.state === 'output-error' ? part.errorText : part.output
  return (
    <section className="tool" aria-label={`Tool ${name}`}>
      <strong>{name}</strong> <span className="state">{told[part.state]}</span>
      <code>{JSON.stringify(part.input)}</code>
      {result !== undefined && <code>→ {typeof result === 'string' ? result : JSON.stringify(result)}</code>}
      {approvalId !== undefined && decide && (
        <div className="buttons">
          <button type="button" className="primary" onClick={() => decide(approvalId, true)}>
            Approve
          </button>
          <button type="button" onClick={() => decide(approvalId, false)}>
            Deny
          </button>
        </div>
      )}
    </section>
  )
}
