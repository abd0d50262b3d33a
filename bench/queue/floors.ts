import { engines } from '../bench.ts'
import type { Floor } from '../report.ts'
import { steadySubject } from './measures/bloat.ts'
import { fairnessSubject } from './measures/fairness.ts'
import { fullSizes } from './sizes.ts'
import { postgresName, sqliteName } from './subjects.ts'

const { bigTable, steady } = fullSizes

/** Half a millisecond, on the machine where BullMQ took 0.6: the same floor on any other. */
const ofBullmq = 0.83

export const floors: Floor[] = [
  { subject: postgresName, metric: 'drain, times the fastest peer', least: 1.5 },
  { subject: sqliteName, metric: 'drain, times the fastest peer', least: 3 },
  { subject: postgresName, metric: 'bulk enqueue, times the fastest peer', least: 1.5 },
  ...[sqliteName, postgresName].flatMap(subject => [
    { subject, metric: 'pick-up, same process, median', most: 0.5 },
    { subject, metric: 'pick-up, same process, times BullMQ', most: ofBullmq },
  ]),
  { subject: postgresName, metric: 'pick-up, other process, median', most: 1.5 },
  { subject: postgresName, metric: 'pick-up, other process, p99', most: 5 },
  { subject: 'an old snapshot open, postgres', metric: 'claiming of a backlog, times without', most: 1.5 },
  { subject: 'an old snapshot open, postgres', metric: 'claiming one job, times without', most: 1.5 },
  ...engines.flatMap(engine => [
    {
      subject: fairnessSubject(engine),
      metric: 'p95 beside the backlog, times alone',
      most: 1.2,
    },
    ...['claim of 200', 'claim and settling of 200'].map(metric => ({
      subject: `${bigTable.rows} jobs waiting and ${bigTable.rows} finished, ${engine}`,
      metric: `${metric}, times almost empty`,
      most: 1.5,
    })),
    { subject: `bunkhouse serve, idle on ${engine}`, metric: 'of a core', most: 1 },
    ...[steady.minutes, 10].map(minutes => ({
      subject: steadySubject(steady.perSecond, minutes, engine),
      metric: 'claim, last over first',
      most: 1.5,
    })),
    // In a minute it has yet to find its size.
    { subject: steadySubject(steady.perSecond, 10, engine), metric: 'table, end over half', most: 1.5 },
  ]),
]
