/** What the examples read of a run. */
export interface Run {
  id: string
  status: string
  output: unknown
  error: { message: string } | null
}

export interface List<T> {
  data: T[]
}

/** @throws Error where it has not completed */
export function answerOf({ status, output, error }: Run): string {
  if (status !== 'completed') throw new Error(error?.message ?? `The run is ${status}.`)
  return typeof output === 'string' ? output : JSON.stringify(output)
}
