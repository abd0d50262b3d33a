import type { UsageGroup, UsageRow } from './read-usage.ts'
import { usageToWire } from './wire.ts'

/** As RFC 4180 has it, with a line of names, and nothing of what it is not grouped by. */
export function csvOf(groups: readonly UsageGroup[], rows: UsageRow[]): string {
  const counted = [
    'model_calls',
    'input_tokens',
    'output_tokens',
    'total_tokens',
    'cost_usd',
    'unpriced_calls',
  ] as const
  const runs = groups.includes('model') ? [] : (['runs', 'failed_runs'] as const)
  const columns = [...groups, ...runs, ...counted]
  const lines = rows.map(row => {
    const told = usageToWire(row)
    return columns.map(column => field(told[column])).join(',')
  })
  return [columns.join(','), ...lines, ''].join('\r\n')
}

/** A text that begins like a formula would be one in a spreadsheet. */
function field(value: string | number | null): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
