import type { AgentDefinition } from '../agents/define.ts'

/** Answers with what it was asked, offline: a fresh install does its main job with it. */
export const echoAgent: AgentDefinition = {
  name: 'echo',
  description: 'Answers with the last message it was sent. Needs no model provider.',
  model: 'builtin/echo',
}
