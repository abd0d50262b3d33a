import { version } from '../version.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'

export const versionCommand: Command = {
  name: 'version',
  usage: 'version',
  summary: 'Print the version.',
  flags: {},
  args: { min: 0, max: 0 },
  async run() {
    console.log(version)
    return exitCode.ok
  },
}
