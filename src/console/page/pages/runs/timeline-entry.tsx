import { Link } from 'wouter'
import { Json } from '../../ui/json.tsx'
import { duration } from '../../ui/time.tsx'
import { useWords } from '../../words/language.ts'
import type { Entry } from './timeline.ts'
import { runWords } from './words.ts'

/** One step, with what went in, what came out, and how long that took. */
export function TimelineEntry({ entry, from }: { entry: Entry; from: number }) {
  const words = useWords(runWords)
  const { kind, title, input, output, text, thought, tokens, startedAt, endedAt, childRun, isOpen, isError } = entry
  const name = { model: words.model, tool: words.tool, life: '', wait: words.waits }[kind]
  const told = [
    `+${duration(startedAt - from)}`,
    ...(endedAt === null ? [] : [`${words.took} ${duration(endedAt - startedAt)}`]),
    ...(tokens === null ? [] : [`${tokens.input} + ${tokens.output} ${words.tokens}`]),
  ]
  return (
    <li className={`entry ${kind} ${isError ? 'bad' : ''} ${isOpen ? 'open' : ''}`}>
      <p className="entry-head">
        <span className="soft">{name}</span> <strong>{title}</strong>
        <span className="soft"> · {told.join(' · ')}</span>
        {isOpen && <span className="live"> {words.live}</span>}
      </p>
      {childRun && (
        <p>
          {words.child}{' '}
          <Link href={`/runs/${childRun}`}>
            <code>{childRun}</code>
          </Link>
        </p>
      )}
      {thought !== '' && <p className="soft thought">{thought}</p>}
      {input !== undefined && <Json value={input} label={words.input} />}
      {text !== '' && <p className="said">{text}</p>}
      {output !== undefined && <Json value={output} label={words.output} />}
    </li>
  )
}
