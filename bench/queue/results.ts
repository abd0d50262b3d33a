import { join, resolve } from 'node:path'
import { machine } from '../machine.ts'
import { judge, type Row, table } from '../report.ts'
import { floors } from './floors.ts'
import { longRestMs, restMs } from './measures/pick-up.ts'
import { plot } from './plot.ts'
import type { Sizes } from './sizes.ts'

const root = resolve(import.meta.dir, '../..')

export interface Results {
  rows: Row[]
  versions: Record<string, string>
  sizes: Sizes
  target: 'project' | { folder: string }
}

export async function writeResults(results: Results): Promise<void> {
  const { target } = results
  const [text, image] =
    target === 'project'
      ? [join(root, 'bench/RESULTS.md'), join(root, 'docs/queue-speed.svg')]
      : [join(target.folder, 'RESULTS.md'), join(target.folder, 'queue-speed.svg')]
  await Bun.write(text, markdown(results))
  await Bun.write(image, plot(results.rows))
  console.error(`\nWritten: ${text}, ${image}`)
}

function markdown({ rows, versions, sizes }: Results): string {
  const judged = rows.flatMap(row => {
    const verdict = judge(row, floors)
    return verdict ? [{ row, ...verdict }] : []
  })
  const missed = judged.filter(({ holds }) => !holds)
  const told = ({ row, limit }: (typeof judged)[number]) =>
    `- ${row.subject}: ${row.metric} ${row.value} ${row.unit} (${limit})`
  return `# What \`bun run bench queue\` measured

Written by the bench; README.md says how. Every figure is of one run on one machine, where the libraries took turns.

\`\`\`
${machine()}
${Object.entries(versions)
  .map(([name, version]) => `${name.padEnd(16)} ${version}`)
  .join('\n')}
\`\`\`

${settings(sizes)}

## Floors
${judged.length - missed.length} of ${judged.length} hold.${missed.length === 0 ? '' : ' Missed:'}

${missed.map(told).join('\n')}

## All figures
\`\`\`
${table(rows, floors)}
\`\`\`
`.replaceAll(/\n{3,}/g, '\n\n')
}

const settings = ({ rounds, jobs, batch, warmUp, samples, fairness }: Sizes): string => `## Settings
- Durable on both sides: Postgres as it comes, with fsync; Redis with \`appendonly yes\` and \`appendfsync everysec\`; SQLite with
  \`synchronous=FULL\`. Servers, workers and the bench share the machine's cores.
- Ours: the queue as a library in a process of its own, 2,000 jobs at a time, with leases, fencing, retries and metrics.
- graphile-worker: 24 jobs at a time on 25 connections; with the local queue also completions in batches. BullMQ: 50 jobs at a
  time. pg-boss: batches of 500, one after the other while they come full, woken by NOTIFY. Celery: as many processes as cores.
- Drain and bulk enqueue: the median of ${rounds} rounds in turn, ${jobs} jobs that do nothing, enqueued ${batch} at a time. Every
  process has worked off ${warmUp} before. All tables vacuumed (full), analysed and checkpointed before each. The time runs from the first job's beginning until the store has the
  end of the last. Completed jobs are deleted by ours, graphile-worker and BullMQ; kept by pg-boss, and by ours where it says so.
- Pick-up: ${samples.rounds * samples.perRound} jobs one at a time, from before the enqueue until the handler begins: ${samples.rounds} rounds in turn, each by
  processes that have done as many before. Between two jobs ${restMs} ms, or where it says so ${longRestMs} ms.
- A tenant's jobs beside another's: ${fairness.rounds} rounds of ${fairness.jobs} jobs, alone and beside the others in turn.`
