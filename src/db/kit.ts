import type { pgKit } from './kit.postgres.ts'

/** The column builders that tables are made of, typed as those of Postgres. */
export type Kit = typeof pgKit
