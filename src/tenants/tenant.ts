/** Somebody with agents, runs and keys of their own. The tenant `default` is there without a row. Times in milliseconds. */
export interface Tenant {
  id: string
  name: string
  /** Requests a minute of all its keys together; null: as many as they like. */
  rateLimit: number | null
  createdAt: number
  /** Since then its keys are refused. */
  archivedAt: number | null
}

export const defaultTenant = 'default'
