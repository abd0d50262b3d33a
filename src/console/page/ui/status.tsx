import { useLocale } from '../words/language.ts'
import { chineseStates } from './state-words.ts'

const colours: Record<string, string> = {
  completed: 'good',
  ready: 'good',
  enabled: 'good',
  resolved: 'good',
  live: 'good',
  delivered: 'good',
  ok: 'good',
  warn: 'held',
  error: 'bad',
  fail: 'bad',
  fatal: 'bad',
  critical: 'bad',
  warning: 'held',
  failed: 'bad',
  discarded: 'bad',
  revoked: 'bad',
  disabled: 'bad',
  expired: 'bad',
  running: 'busy',
  waiting: 'held',
  pending: 'held',
  paused: 'held',
}

/** A state as a word with a colour; the word says it all, and the API's own is in its title. */
export function Status({ state }: { state: string }) {
  const locale = useLocale()
  const word = locale.startsWith('zh') ? chineseStates[state] : undefined
  return (
    <span className={`status ${colours[state] ?? 'plain'}`} title={state}>
      {word ?? state}
    </span>
  )
}
