import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Prometheus } from './prometheus.ts'
import { shipped } from './shipped.ts'

/** One question that a dashboard asks. */
export interface Question {
  /** Dashboard, panel or variable, and which of its lines. */
  where: string
  description: string
  /** Whether Prometheus has an answer to it, over the time since then. */
  answered(prometheus: Prometheus, sinceMs: number): Promise<boolean>
}

interface Dashboard {
  title: string
  panels: { type: string; title: string; description?: string; targets?: { expr: string; legendFormat: string }[] }[]
  templating: { list: { name: string; query: { query: string } }[] }
}

/** All that the shipped dashboards ask. */
export function readQuestions(): Question[] {
  const folder = join(shipped, 'grafana/dashboards')
  return readdirSync(folder).flatMap(file => {
    // Safe: the check of the dashboards holds these files to the types they are made from.
    const { title, panels, templating } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard
    const ofPanels = panels.flatMap(panel =>
      (panel.targets ?? []).map(({ expr, legendFormat }) => ({
        where: `${title} / ${panel.title} / ${legendFormat}`,
        description: panel.description ?? '',
        answered: async (prometheus: Prometheus, sinceMs: number) => {
          const series = await prometheus.queryRange(filledIn(expr), sinceMs)
          return series.some(({ values }) => values.length > 0)
        },
      })),
    )
    return [...templating.list.map(variable => ofVariable(title, variable)), ...ofPanels]
  })
}

function ofVariable(title: string, { name, query }: Dashboard['templating']['list'][number]): Question {
  const [, series = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? []
  return {
    where: `${title} / $${name}`,
    description: '',
    answered: async prometheus => (await prometheus.labelValues(label, filledIn(series))).length > 0,
  }
}

/** As Grafana does where all is chosen: by `allValue`, and a range of some scrapes. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '8s').replaceAll(/\$(job|instance|agent)\b/g, '.*')
