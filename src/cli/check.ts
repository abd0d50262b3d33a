import type { Command } from './command.ts'
export const check: Command = {
  name: 'check',
  usage: 'check',
  summary: 'x',
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => 0,
}
