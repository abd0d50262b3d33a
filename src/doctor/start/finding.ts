/** `note` is for the operator to know; `warn` will not stop the service from working, `fail` will. */
export type Level = 'ok' | 'note' | 'warn' | 'fail'

export interface Finding {
  level: Level
  /** configuration | database | redis | models | agents | schedules | jobs | port | disk | backups, and those of doctor */
  area: string
  text: string
  /** What to do about it. */
  advice?: string
}

/** One area's findings, made by `area(name)`. */
export interface Report {
  ok(text: string): Finding
  note(text: string): Finding
  warn(text: string, advice: string): Finding
  fail(text: string, advice: string): Finding
}

export const area = (name: string): Report => ({
  ok: text => ({ level: 'ok', area: name, text }),
  note: text => ({ level: 'note', area: name, text }),
  warn: (text, advice) => ({ level: 'warn', area: name, text, advice }),
  fail: (text, advice) => ({ level: 'fail', area: name, text, advice }),
})
