import { describe, expect, test } from 'bun:test'
import { useStage } from '../api/stage.ts'
import { programs } from './shipped.ts'

describe.skipIf(programs === null)('promtool', () => {
  const stage = useStage('sqlite')

  /** What it objects to; empty where it does not. */
  async function lint(text: string): Promise<string> {
    const child = Bun.spawn([programs?.promtool ?? '', 'check', 'metrics'], {
      stdin: new Blob([text]),
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [output, errors, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return status === 0 ? output + errors : `exit code ${status}: ${output}${errors}`
  }

  test('has nothing to object to in a scrape of a service that has worked', async () => {
    const agent = await stage().agent([{ text: 'hello' }])
    await stage().finished((await stage().run({ agent })).id)
    await stage().call('GET', '/v1/runs/run_none')
    const response = await stage().service.request('GET', '/metrics')
    const text = await response.text()
    expect(text).toContain('bunkhouse_model_call_duration_seconds_bucket{')
    expect(await lint(text)).toBe('')
  })

  test('objects to a counter of another name, as it would in a scrape', async () => {
    expect(await lint('# HELP runs Runs\n# TYPE runs counter\nruns 1\n')).toContain('_total')
  })
})
