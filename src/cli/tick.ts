import { readConfig } from '../config.ts'
import { signatureHeader, signTick } from '../schedules/tick/token.ts'
import { type Command, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'

const path = '/v1/scheduler/tick'
/** A process that slept has to start first. */
const startSeconds = 60

export const tick: Command = {
  name: 'tick',
  usage: 'tick [--url URL] [--wait SECONDS]',
  summary: 'Wake a service and have it run what is due; for the timers of platforms.',
  help: [
    '--url URL        where it is served; default: PORT on this host',
    '--wait SECONDS   how long to wait for the runs it starts; default 60',
    '',
    'Signs the call with SCHEDULER_TICK_SECRET, which both sides must have. Prints what was done.',
    'Exit status: 0 done, 1 no answer or refused, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: { url: { type: 'string' }, wait: { type: 'string' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const { port, schedulerTickSecret: secret } = readConfig()
    if (secret === null) throw new UsageError('Set SCHEDULER_TICK_SECRET to what the service has.')
    const wait = Number(textFlag(flags, 'wait') ?? 60)
    if (!(wait >= 0 && wait <= 3_600)) throw new UsageError('--wait takes seconds from 0 to 3600.')
    const base = textFlag(flags, 'url') ?? `http://127.0.0.1:${port}`
    if (!URL.canParse(path, base)) throw new UsageError('--url takes a URL such as https://agents.example.com.')
    const url = new URL(`${path}?wait_seconds=${wait}`, base)
    const signed = signTick(secret, { method: 'POST', path, seconds: Math.floor(Date.now() / 1000) })
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { [signatureHeader]: signed },
        signal: AbortSignal.timeout((wait + startSeconds) * 1000),
      })
      console.log(await response.text())
      return response.ok ? exitCode.ok : exitCode.failed
    } catch (error) {
      console.error(`${url.origin} does not answer: ${error instanceof Error ? error.message : error}`)
      return exitCode.failed
    }
  },
}
