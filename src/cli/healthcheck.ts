import { readConfig } from '../config.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'
import { localUrl } from './local-url.ts'

export const healthcheck: Command = {
  name: 'healthcheck',
  usage: 'healthcheck [--ready]',
  summary: 'Ask the process on this host whether it is well; for container health checks.',
  help: [
    '--ready   ask /ready instead of /health',
    '',
    'Asks HOST and PORT, and waits 5 s. Exit status: 0 well, 1 not well or no answer, 2 wrong command line or',
    'configuration.',
  ].join('\n'),
  flags: { ready: { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const url = localUrl(readConfig(), flags.ready ? '/ready' : '/health')
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      console.log(await response.text())
      return response.ok ? exitCode.ok : exitCode.failed
    } catch (error) {
      console.error(`${url} does not answer: ${error instanceof Error ? error.message : error}`)
      return exitCode.failed
    }
  },
}
