import type { Row } from '../report.ts'
import { entrants } from './subjects.ts'

const width = 760
const labelWidth = 280
const valueWidth = 90
const barHeight = 18
const step = 26
const panelTop = 44
const panelGap = 28
const barsFrom = labelWidth + 12
const longestBar = width - barsFrom - valueWidth

interface Panel {
  title: string
  metric: string
  unit: string
}

const panels: Panel[] = [
  { title: 'Jobs that do nothing, worked off', metric: 'drain', unit: '/s' },
  { title: 'Bulk enqueue', metric: 'bulk enqueue', unit: '/s' },
  {
    title: 'Pick-up in the same process, median (shorter is better)',
    metric: 'pick-up, same process, median',
    unit: ' ms',
  },
]

/** The bench's main figures as bars, in an SVG that can be read on a light and on a dark page. */
export function plot(rows: Row[]): string {
  let top = 0
  const drawn: string[] = []
  for (const panel of panels) {
    const bars = entrants.flatMap(({ name, ours }) => {
      const row = rows.find(({ subject, metric }) => subject === name && metric === panel.metric)
      return row ? [{ name, ours, value: row.value }] : []
    })
    if (bars.length === 0) continue
    drawn.push(drawPanel(panel, bars, top))
    top += panelTop + bars.length * step + panelGap
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img">
<title>Bunkhouse's queue beside others, measured in one run</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .label { text-anchor: end; }
  .ours { fill: #0969da; }
  .peer { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .ours { fill: #58a6ff; }
    .peer { fill: #6e7681; }
  }
</style>
${drawn.join('\n')}
</svg>
`
}

function drawPanel(panel: Panel, bars: { name: string; ours: boolean; value: number }[], top: number): string {
  const largest = Math.max(...bars.map(bar => bar.value))
  const lines = bars.map(({ name, ours, value }, index) => {
    const y = top + panelTop + index * step
    const length = Math.max(1, (value / largest) * longestBar)
    const baseline = y + barHeight - 4
    return [
      `<text class="label" x="${labelWidth}" y="${baseline}">${name}</text>`,
      `<rect class="${ours ? 'ours' : 'peer'}" x="${barsFrom}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `<text x="${(barsFrom + length + 6).toFixed(1)}" y="${baseline}">${value.toLocaleString('en')}${panel.unit}</text>`,
    ].join('\n')
  })
  return [`<text class="title" x="8" y="${top + 24}">${panel.title}</text>`, ...lines].join('\n')
}
