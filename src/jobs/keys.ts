// Keys that callers give are their tenant's own; in the tables they stand beside those of runs and of other tenants.

/** As `order_key` keeps it. */
export const storedOrderKey = (tenantId: string, key: string): string => `job ${tenantId}/${key}`

/** As `limit_key` keeps it: operators know those of the first tenant as they were given. */
export const storedLimitKey = (tenantId: string, key: string): string =>
  tenantId === 'default' ? key : `${tenantId}/${key}`

/** An order key as its tenant knows it; of jobs that were not made over the API, as it is. */
export const shownOrderKey = (tenantId: string, stored: string): string => {
  const prefix = storedOrderKey(tenantId, '')
  return stored.startsWith(prefix) ? stored.slice(prefix.length) : stored
}

/** A limit key as its tenant knows it. */
export const shownLimitKey = (tenantId: string, stored: string): string => {
  const prefix = storedLimitKey(tenantId, '')
  return stored.startsWith(prefix) ? stored.slice(prefix.length) : stored
}
