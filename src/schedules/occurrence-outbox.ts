import type { Transaction } from '../db/database.ts'
import type { PastOccurrence } from './list-occurrences.ts'
import type { Schedule } from './schedule.ts'

/** What became of one time of a schedule. */
export interface OccurrenceNews {
  schedule: Pick<Schedule, 'agent'>
  occurrence: PastOccurrence
}

/** What is to be told outside: it commits with the occurrences, or not at all. */
export interface OccurrenceOutbox {
  tellOccurrences(tx: Transaction, news: OccurrenceNews[]): Promise<void>
}
