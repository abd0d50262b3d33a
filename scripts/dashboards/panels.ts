import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { type Panel, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

/** The data source that deploy/monitoring/grafana/provisioning makes. */
export const dataSource = { type: 'prometheus', uid: 'bunkhouse-prometheus' }

interface Look {
  title: string
  /** What to make of it. */
  description: string
  /** Ends the sentence "Empty while …", for what may have no series although all is well. */
  emptyWhile?: string
  /** One of Grafana's units. */
  unit?: string
  /** PromQL by how its lines are called; `{{label}}` stands for a label. */
  queries: Readonly<Record<string, string>>
}

export interface Graph extends Look {
  /** Draws the parts of a whole one on top of the other. */
  stacked?: true
  max?: number
}

export interface Figure extends Look {
  /** Red from there on; or, where less is worse, green from there on. */
  redFrom?: number
  greenFrom?: number
}

/** Lines over time; three fill the width. */
export function graph({ unit = 'short', stacked, max, ...look }: Graph): Builder<Panel> {
  const panel = new GraphBuilder()
    .title(look.title)
    .description(described(look))
    .datasource(dataSource)
    .unit(unit)
    .min(0)
    .span(8)
    .height(8)
    .fillOpacity(stacked ? 25 : 8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(targets(look.queries))
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
  if (max !== undefined) panel.max(max)
  return panel
}

/** One number of now; six fill the width. */
export function figure({ unit = 'short', redFrom, greenFrom, ...look }: Figure): Builder<Panel> {
  const steps =
    greenFrom === undefined
      ? [{ value: null, color: 'green' }, ...(redFrom === undefined ? [] : [{ value: redFrom, color: 'red' }])]
      : [
          { value: null, color: 'red' },
          { value: greenFrom, color: 'green' },
        ]
  return new StatBuilder()
    .title(look.title)
    .description(described(look))
    .datasource(dataSource)
    .unit(unit)
    .span(4)
    .height(4)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
    .targets(targets(look.queries))
}

const described = ({ description, emptyWhile }: Look): string =>
  emptyWhile === undefined ? description : `${description} Empty while ${emptyWhile}.`

const targets = (queries: Look['queries']): Builder<ReturnType<DataqueryBuilder['build']>>[] =>
  Object.entries(queries).map(([name, expr], index) =>
    new DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .datasource(dataSource)
      .expr(expr)
      .legendFormat(name)
      .range(),
  )
