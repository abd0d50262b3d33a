import type { Agent, AgentChange, Tool } from '../../api/operations.ts'

/** What one says of an agent, as the API takes it; with its name where it is new. */
export type Definition = AgentChange & { name?: string; model: string }

/** What an agent has of its own: what is not set is left out. */
export function definitionOf(agent: Agent): Definition {
  const { name: _, object, source, version, created_at, updated_at, tools, ...own } = agent
  const set = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null))
  // Safe: what the API shows of each field is what it takes, but for tools.
  return { ...set, ...(tools.length > 0 && { tools: tools.map(toolOf) }) } as Definition
}

/** The service's own tools are named; others are told whole. */
function toolOf({ builtin, ...tool }: Tool): unknown {
  return builtin ? tool.name : Object.fromEntries(Object.entries(tool).filter(([, value]) => value !== null))
}

/** What is to be sent so that an agent is as it is written now: what was taken out is taken back. */
export function changesFrom(before: Definition, now: Definition): Definition {
  const gone = Object.keys(before).filter(name => !(name in now))
  const none = Object.fromEntries(gone.map(name => [name, name === 'tools' || name === 'mcp' ? [] : null]))
  return { ...none, ...now }
}
