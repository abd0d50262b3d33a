import { expect, test } from 'bun:test'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFiles } from '../support/temporary-files.ts'
import { programs, readAlerts, readRules, shipped } from './shipped.ts'

const run = async (command: string[]): Promise<{ code: number; output: string; answer: string }> => {
  const child = Bun.spawn(command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [answer, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { code, output: answer + errors, answer }
}

const testFiles = [...new Bun.Glob('rules/tests/*.test.yml').scanSync(shipped)]

test.skipIf(!programs)('Prometheus takes its configuration', async () => {
  using copy = temporaryFiles()
  cpSync(shipped, copy.path, { recursive: true })
  // Is not shipped, and must be there.
  writeFileSync(join(copy.path, 'metrics.key'), 'a key')
  const { code, output } = await run([programs?.promtool ?? '', 'check', 'config', join(copy.path, 'prometheus.yml')])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('rules found') })
})

test.skipIf(!programs)('Alertmanager takes its configuration, and sends every severity to the operator', async () => {
  const file = join(shipped, 'alertmanager.yml')
  const { code, output } = await run([programs?.amtool ?? '', 'check-config', file])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') })
  for (const severity of ['warning', 'critical']) {
    const route = ['config', 'routes', 'test', `--config.file=${file}`, `severity=${severity}`]
    // Debian's has a configuration of its own, and warns of that on its other stream.
    expect((await run([programs?.amtool ?? '', ...route])).answer.trim()).toBe('operator')
  }
})

test.skipIf(!programs)('the rules pass their own tests', async () => {
  const files = testFiles.map(file => join(shipped, file))
  const { code, output } = await run([programs?.promtool ?? '', 'test', 'rules', ...files])
  expect({ code, failed: output.includes('FAILED') ? output : '' }).toEqual({ code: 0, failed: '' })
})

interface RuleTests {
  group_eval_order: string[]
  tests: { name: string; alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[] }[]
}

// Safe: promtool refuses other forms, see above.
const ruleTests = () =>
  Promise.all(testFiles.map(async file => Bun.YAML.parse(await Bun.file(join(shipped, file)).text()) as RuleTests))

test('every alert has a test in which it fires and one in which it is silent', async () => {
  const cases = (await ruleTests())
    .flatMap(({ tests }) => tests)
    .flatMap(({ alert_rule_test }) => alert_rule_test ?? [])
  const names = (found: typeof cases) => [...new Set(found.map(({ alertname }) => alertname))].toSorted()
  const alerts = (await readAlerts()).map(({ alert }) => alert)
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts !== undefined))).toEqual(alerts.toSorted())
  expect(names(cases.filter(({ exp_alerts }) => exp_alerts === undefined))).toEqual(alerts.toSorted())
})

test('the tests evaluate every group of rules, in one order', async () => {
  const groups = (await readRules()).groups.map(({ name }) => name)
  for (const { group_eval_order } of await ruleTests()) expect(group_eval_order).toEqual(groups)
})
