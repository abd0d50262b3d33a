/** What an agent's `tools` may name instead of defining it. */
export const builtinToolNames = [
  'now',
  'http_fetch',
  'ask_human',
  'memory_search',
  'memory_write',
  'schedule_run',
] as const
export type BuiltinToolName = (typeof builtinToolNames)[number]

export const isBuiltinTool = (name: unknown): name is BuiltinToolName => builtinToolNames.some(known => known === name)
