import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'

export interface Series {
  label: string
  /** A custom property of the style sheet, such as `--good`. */
  colour: string
  values: number[]
}

interface Props {
  label: string
  /** Seconds since 1970. */
  times: number[]
  series: Series[]
}

const height = 150

/** Small, and redrawn as what it shows changes. What it says is in the table of numbers that readers of screens get. */
export function Chart({ label, times, series }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const names = series.map(each => each.label).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew only where there are other lines; data follows below
  useEffect(() => {
    const element = place.current
    if (!element) return
    const style = getComputedStyle(document.documentElement)
    const axis = { stroke: style.getPropertyValue('--soft'), grid: { stroke: style.getPropertyValue('--line') } }
    const drawn = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        axes: [axis, { ...axis, size: 40 }],
        scales: { y: { range: (_, _least, most) => [0, Math.max(1, most)] } },
        series: [
          {},
          ...series.map(each => ({
            label: each.label,
            stroke: style.getPropertyValue(each.colour),
            width: 2,
            points: { show: false },
          })),
        ],
      },
      [times, ...series.map(({ values }) => values)],
      element,
    )
    chart.current = drawn
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
      chart.current = null
    }
  }, [names])
  useEffect(() => {
    chart.current?.setData([times, ...series.map(({ values }) => values)])
  }, [times, series])
  const told = series.map(each => `${each.label}: ${each.values.join(', ')}`).join('; ')
  return <div ref={place} className="chart" role="img" aria-label={`${label}. ${told}`} />
}
