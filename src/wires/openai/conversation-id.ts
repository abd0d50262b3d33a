import { notFound } from '../../errors.ts'

/** A conversation is a thread. */
export const conversationId = (threadId: string): string => `conv_${threadId.slice('thr_'.length)}`

/** @throws AppError not_found */
export function threadOf(conversation: string): string {
  const [, suffix] = /^conv_([0-9a-f]{32})$/.exec(conversation) ?? []
  if (suffix === undefined) throw notFound('conversation', conversation)
  return `thr_${suffix}`
}
