import type { runToWire } from '../../src/runs/wire.ts'
import type { nextToWire, tickToWire } from '../../src/schedules/tick/wire.ts'
import type { occurrenceToWire, previewToWire, scheduleToWire } from '../../src/schedules/wire.ts'
import type { Service } from '../support/service.ts'

export type RunView = ReturnType<typeof runToWire>
export type ScheduleView = ReturnType<typeof scheduleToWire>
export type OccurrenceView = ReturnType<typeof occurrenceToWire>
export type PreviewView = ReturnType<typeof previewToWire>
export type NextView = ReturnType<typeof nextToWire>
export type TickView = ReturnType<typeof tickToWire>

export interface PageView<T> {
  object: 'list'
  data: T[]
  has_more: boolean
  next_cursor: string | null
}

export interface ProblemView {
  code: string
  detail: string
  errors?: { in: string; path: string; message: string }[]
}

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

export async function call<T = ProblemView>(
  service: Pick<Service, 'request'>,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer<T>> {
  const response = await service.request(method, path, body, headers)
  const text = await response.text()
  // Safe: a test names the shape it looks at, and fails where a field is another.
  return { status: response.status, headers: response.headers, body: (text === '' ? undefined : JSON.parse(text)) as T }
}
