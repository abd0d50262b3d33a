import type { Command } from './command.ts'
export const openapi: Command = {
  name: 'openapi',
  usage: 'openapi',
  summary: 'x',
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => 0,
}
