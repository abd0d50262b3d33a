import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { dataSource } from './panels.ts'

export interface Row {
  title: string
  panels: Builder<Panel>[]
}

export interface DashboardForm {
  /** Also the end of its uid and the name of its file. */
  name: string
  title: string
  description: string
  /** By name, what Grafana lists the values of. */
  variables: Readonly<Record<string, string>>
  rows: Row[]
}

/** A dashboard as Grafana stores it: rows of panels below variables, of which all are chosen at first. */
export function makeDashboard({ name, title, description, variables, rows }: DashboardForm): Dashboard {
  const board = new DashboardBuilder(`Bunkhouse / ${title}`)
    .uid(`bunkhouse-${name}`)
    .description(description)
    .tags(['bunkhouse'])
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('Bunkhouse').type(DashboardLinkType.Dashboards).tags(['bunkhouse']).asDropdown(false),
    )
  for (const [variable, query] of Object.entries(variables)) board.withVariable(choice(variable, query))
  for (const row of rows) {
    board.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) board.withPanel(panel)
  }
  const made = board.build()
  // Grafana wants to tell its panels apart, and the builders leave that to it.
  return { ...made, panels: (made.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) }
}

const choice = (name: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(name)
    .datasource(dataSource)
    .query({ query, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] })
