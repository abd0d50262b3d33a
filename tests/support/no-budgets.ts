/** Of a service that has none. */
export const noBudgets = { of: () => [], get: () => undefined }
