import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readAlerts, readRules, root, shipped } from './shipped.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const page = read('docs/runbooks.md')

/** Sections by their headings. */
const sections = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map(text => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n'))] as const),
)

test('every alert has its section, and every section its alert', async () => {
  expect([...sections.keys()]).toEqual((await readAlerts()).map(({ alert }) => alert))
})

test('docs/monitoring.md lists every alert, and how bad it is', async () => {
  const told = [...read('docs/monitoring.md').matchAll(/^\| `(Bunkhouse\w+)` \|.*\| (\w+) \|$/gm)]
  expect(told.map(([, alert, severity]) => ({ alert, severity }))).toEqual(
    (await readAlerts()).map(({ alert, labels }) => ({ alert, severity: labels.severity })),
  )
})

test('every alert says how bad it is, what is wrong, and where to read on', async () => {
  for (const { alert, labels, annotations } of await readAlerts()) {
    expect(labels).toEqual({ severity: expect.stringMatching(/^(warning|critical)$/) })
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\w/),
      description: expect.stringMatching(/\w/),
      runbook_url: `docs/runbooks.md#${alert.toLowerCase()}`,
    })
  }
})

test('a section is short, and says what to do step by step', () => {
  for (const [alert, text] of sections) {
    expect({ alert, steps: /^1\. /m.test(text) && /^2\. /m.test(text) }).toEqual({ alert, steps: true })
    expect({ alert, short: text.split('\n').length < 25 }).toEqual({ alert, short: true })
  }
})

test('links of the page lead to its own sections', () => {
  const anchors = [...sections.keys()].map(heading => heading.toLowerCase())
  const linked = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '')
  expect(linked.length).toBeGreaterThan(0)
  expect(linked.filter(anchor => !anchors.includes(anchor))).toEqual([])
})

test('variables of the page are those that can be set', () => {
  const sources = readdirSync(join(root, 'src')).filter(file => /^config.*\.ts$/.test(file))
  const settable = sources.map(file => read(`src/${file}`)).join()
  const named = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name ?? '')
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter(name => !settable.includes(`'${name}'`))).toEqual([])
})

/** Metrics as docs/metrics.md lists them, which a test of its own holds against the registry. */
const listed = new Set([...read('docs/metrics.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name))

const metricsIn = (text: string) =>
  [...text.matchAll(/\b(?:bunkhouse|process|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/_(bucket|sum|count)$/, ''),
  )

test('rules, dashboards and the page speak of metrics that exist', async () => {
  const expressions = (await readRules()).groups.flatMap(({ rules }) => rules).map(({ expr }) => expr)
  const dashboards = join(shipped, 'grafana/dashboards')
  const boards = readdirSync(dashboards).flatMap(file => {
    // Safe: the check of the dashboards holds them to the types they are made from.
    const { panels, templating } = JSON.parse(readFileSync(join(dashboards, file), 'utf8')) as {
      panels: { targets?: { expr: string }[] }[]
      templating: object
    }
    return [...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)), JSON.stringify(templating)]
  })
  const metrics = [...new Set([...expressions, ...boards, page].flatMap(metricsIn))]
  expect(metrics.length).toBeGreaterThan(40)
  expect(metrics.filter(name => !listed.has(name))).toEqual([])
})

test('every limit that can be set in the rules decides an alert', async () => {
  const [limits] = (await readRules()).groups
  const names = limits?.rules.map(rule => ('record' in rule ? rule.record : '')) ?? []
  const expressions = (await readAlerts()).map(({ expr }) => expr).join('\n')
  expect(names.filter(name => !expressions.includes(name))).toEqual([])
})
