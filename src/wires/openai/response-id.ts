import { notFound } from '../../errors.ts'

/** A response is what a run's log tells after an event: from its start, or after results that its caller has brought. */
export interface ResponsePlace {
  runId: string
  after: number
}

export const responseId = ({ runId, after }: ResponsePlace): string =>
  `resp_${runId.slice('run_'.length)}${after === 0 ? '' : `_${after}`}`

const pattern = /^resp_([0-9a-f]{32})(?:_([1-9]\d{0,8}))?$/

/** @throws AppError not_found */
export function responsePlace(id: string): ResponsePlace {
  const [, suffix, after] = pattern.exec(id) ?? []
  if (suffix === undefined) throw notFound('response', id)
  return { runId: `run_${suffix}`, after: Number(after ?? 0) }
}
