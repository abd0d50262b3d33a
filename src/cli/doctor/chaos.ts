import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'
import { untilSignal } from '../../runtime/signals.ts'
import { exitCode } from '../exit-code.ts'
import { type DrillModel, drillAgent, drillAnswer, startDrillModel } from './drill-model.ts'
import { type DrillService, startDrillService } from './drill-service.ts'

const others = 20

interface RunView {
  id: string
  status: string
  output: string | null
  attempt: number
}

/** One thing that must hold. */
interface Verdict {
  ok: boolean
  text: string
}

/** Kills a second instance in the middle of a run, starts it again, and tells what became of the work. */
export async function runChaos({ json }: { json: boolean }): Promise<number> {
  const stop = new AbortController()
  void untilSignal().then(signal => stop.abort(new AppError('unavailable', `Stopped by ${signal}.`)))
  const folder = mkdtempSync(join(tmpdir(), 'bunkhouse-drill-'))
  const say = (text: string) => (json ? undefined : console.log(text))
  try {
    await using model = startDrillModel()
    const verdicts = await drill({ folder, model, say }, stop.signal)
    const ok = verdicts.every(verdict => verdict.ok)
    if (json) console.log(JSON.stringify({ ok, findings: verdicts }, null, 2))
    else for (const verdict of verdicts) console.log(`${verdict.ok ? 'ok  ' : 'fail'}  ${verdict.text}`)
    return ok ? exitCode.ok : exitCode.failed
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Stage {
  folder: string
  model: DrillModel
  say(text: string): void
}

async function drill({ folder, model, say }: Stage, signal: AbortSignal): Promise<Verdict[]> {
  mkdirSync(join(folder, 'agents'))
  writeFileSync(join(folder, 'agents/drill.ts'), drillAgent(model.url))
  const where = { folder, modelUrl: model.url, key: `bh_${crypto.randomUUID()}` }
  const services: DrillService[] = []
  const start = async () => {
    const service = await startDrillService(where, signal)
    services.push(service)
    return service
  }
  try {
    const first = await start()
    say(`A second service (process ${first.pid}) is ready after ${shown(first.readyMs)}, on a database in ${folder}.`)
    const cutOff = await first.request<RunView>('POST', '/v1/runs', { agent: 'drill', input: 'Take a note.' })
    await until(model.midAnswer, signal)
    const queued = await Promise.all(
      Array.from({ length: others }, (_, index) =>
        first.request<RunView>('POST', '/v1/runs', { agent: 'echo', input: `number ${index}`, delay_seconds: 1 }),
      ),
    )
    say(`A run has called its tool and is in the middle of its answer; ${others} more are on the queue. SIGKILL.`)
    await first.kill()
    const before = { model: model.modelCalls(), tool: model.toolCalls() }
    const killedAt = performance.now()
    model.mend()

    const second = await start()
    const readyMs = performance.now() - killedAt
    say(`It was started again, and was ready ${shown(readyMs)} after its death.`)
    const waited = ({ id }: RunView) => second.request<RunView>('GET', `/v1/runs/${id}/wait`)
    const recovered = await waited(cutOff)
    const recoveredMs = performance.now() - killedAt
    const rest = await Promise.all(queued.map(waited))
    await second.stop()
    return judge({ recovered, rest, before, model, recoveredMs })
  } finally {
    await Promise.all(services.map(service => service.kill()))
  }
}

interface Outcome {
  recovered: RunView
  rest: RunView[]
  before: { model: number; tool: number }
  model: Pick<DrillModel, 'modelCalls' | 'toolCalls'>
  recoveredMs: number
}

export function judge({ recovered, rest, before, model, recoveredMs }: Outcome): Verdict[] {
  const done = rest.filter(({ status, output }, index) => status === 'completed' && output === `number ${index}`)
  const { status, attempt, output } = recovered
  const isWhole = status === 'completed' && output === drillAnswer
  return [
    {
      ok: isWhole,
      text: isWhole
        ? `the run that was cut off was completed by attempt ${attempt}, ${shown(recoveredMs)} after the death`
        : `the run that was cut off is ${status} with the answer ${JSON.stringify(output)}`,
    },
    {
      ok: before.tool === 1 && model.toolCalls() === 1,
      text: `its finished tool call was made ${model.toolCalls()} time${model.toolCalls() === 1 ? '' : 's'} in all`,
    },
    {
      ok: before.model === 2 && model.modelCalls() === 3,
      text: `its finished first model call was not repeated: ${model.modelCalls()} calls, of which one was cut off`,
    },
    {
      ok: done.length === rest.length,
      text: `${done.length} of the ${rest.length} runs accepted before the death were completed`,
    },
  ]
}

const shown = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)

async function until(happened: Promise<void>, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(60_000)])
  const late = Promise.withResolvers<never>()
  limit.addEventListener('abort', () => late.reject(limit.reason), { once: true })
  await Promise.race([happened, late.promise])
}
