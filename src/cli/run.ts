import { type Config, readConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { createRun } from '../runs/create-run.ts'
import { getRun } from '../runs/get-run.ts'
import { isFinal, type Run } from '../runs/run.ts'
import { runToWire } from '../runs/wire.ts'
import { untilSignal } from '../runtime/signals.ts'
import { FactBus } from '../telemetry/facts.ts'
import type { Log } from '../telemetry/log.ts'
import { logFacts } from '../telemetry/log-facts.ts'
import { type Command, textFlag, UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openCommandLog } from './open-log.ts'
import { type Following, followRun } from './run/follow.ts'
import { readInput } from './run/input.ts'
import { openPlace, type Place } from './run/place.ts'
import { outputText, textShower } from './run/show.ts'
import { claimStdout } from './stdout.ts'

/** Whoever may start this program may do everything. */
const operator = { tenantId: 'default', keyId: null }

export const run: Command = {
  name: 'run',
  usage: 'run <agent> <input> [--thread ID] [--stream | --json]',
  summary: 'Run an agent and print its answer.',
  help: [
    '<input>       what to answer; - reads it from standard input',
    '--thread ID   go on with this conversation',
    '--stream      print text as it comes; so it is on a terminal anyway',
    '--json        print the finished run as JSON',
    '',
    'The run is durable, like one made over the API, and is executed by this process; where another process serves the',
    'same SQLite file, by that one. Ctrl-C cancels it. On SIGTERM it may finish for DRAIN_SECONDS and is then left to',
    'the next process that serves. Logs go to standard error, or to LOG_FILE.',
    'Exit status: 0 completed, 1 failed, cancelled or left, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: { thread: { type: 'string' }, stream: { type: 'boolean' }, json: { type: 'boolean' } },
  args: { min: 2, max: 2 },
  async run({ args: [agent = '', given = ''], flags }) {
    if (flags.json && flags.stream) throw new UsageError('--json and --stream exclude each other.')
    const config = readConfig()
    const input = await readInput(given, config.bodyLimitBytes)
    const write = claimStdout()
    const { log, flush } = await openCommandLog(config)
    try {
      const streams = !flags.json && (flags.stream === true || process.stdout.isTTY === true)
      const show = streams ? textShower(write) : async () => {}
      const ended = await perform(config, log, { agent, input, threadId: textFlag(flags, 'thread') }, show)
      if (flags.json) await write(`${JSON.stringify(runToWire(ended), null, 2)}\n`)
      else if (!streams && ended.status === 'completed') await write(`${outputText(ended.output)}\n`)
      return report(ended)
    } finally {
      await flush()
    }
  },
}

type Show = Parameters<typeof followRun>[3]

/** Resolves with the run as it is when this process has done with it. */
async function perform(
  config: Config,
  log: Log,
  { agent, input, threadId }: { agent: string; input: string; threadId: string | undefined },
  show: Show,
): Promise<Run> {
  const facts = new FactBus()
  facts.subscribe(logFacts(log))
  const place = await openPlace(config, facts)
  const { app, lifecycle } = place
  try {
    await lifecycle.start()
    const signal = untilSignal()
    // Without a server nobody would ever finish what the thread waits for.
    const onBusy = config.database.dialect === 'sqlite' && !place.elsewhere ? 'reject' : 'enqueue'
    const { run: created } = await createRun(app, operator, { agent, input, threadId, onBusy })
    place.own.add(created.jobId)
    app.worker?.wake()
    const following = followRun(app, created.id, place.pollMs, show)
    await untilOver(place, created, following, signal)
    await following.stop()
    return await getRun(app, operator, created.id)
  } finally {
    await lifecycle.stop()
    await place.close()
  }
}

async function untilOver(
  { app, lifecycle, elsewhere }: Place,
  { id }: Run,
  { ended }: Following,
  signal: Promise<NodeJS.Signals>,
): Promise<void> {
  const first = await Promise.race([ended.then(() => null), signal])
  if (first === null) return
  if (first === 'SIGINT') {
    console.error(`Cancelling ${id}.`)
    await cancelRun(app, operator, id).catch(ignoreConflict)
    return ended
  }
  // What is asked to stop leaves the run to others, unless it can finish it in time.
  if (!elsewhere) {
    console.error(`Asked to stop: ${id} may finish for ${app.config.drainSeconds} s.`)
    await lifecycle.stop()
  }
  if (isFinal((await getRun(app, operator, id)).status)) await ended
}

/** It has just finished by itself. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'conflict')) throw error
}

function report({ id, status, error }: Run): number {
  if (status === 'completed') return exitCode.ok
  if (status === 'failed') console.error(`${id} failed: ${error?.message ?? 'unknown'} (${error?.code})`)
  else if (status === 'cancelled') console.error(`${id} was cancelled.`)
  else console.error(`${id} is ${status} and goes on in a process that serves.`)
  return exitCode.failed
}
