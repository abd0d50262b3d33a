import type { ApiError } from '../api/call.ts'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'

/** What went wrong, with what a log is looked through by, and a way on. */
export function ErrorBox({ error, onRetry }: { error: Error | ApiError; onRetry?: (() => void) | undefined }) {
  const words = useWords(commonWords)
  const requestId = 'requestId' in error ? error.requestId : null
  const code = 'code' in error ? error.code : null
  const told = code === 'timeout' ? words.timedOut : code === 'unreachable' ? words.unreachable : error.message
  return (
    <div className="error-box" role="alert">
      <strong>{words.wrong}</strong>
      <p>{told}</p>
      {requestId && (
        <p className="soft">
          {words.requestId}: <code>{requestId}</code>
        </p>
      )}
      {onRetry && <Button onPress={onRetry}>{words.retry}</Button>}
    </div>
  )
}
