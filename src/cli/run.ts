import type { Command } from './command.ts'
export const run: Command = {
  name: 'run',
  usage: 'run',
  summary: 'x',
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => 0,
}
