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

/** A state as a word with a colour; the word says it all. */
export const Status = ({ state }: { state: string }) => (
  <span className={`status ${colours[state] ?? 'plain'}`}>{state}</span>
)
