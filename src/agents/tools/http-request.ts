import type { Json } from '../../json.ts'

export const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The request that an HTTP tool is. `{name}` stands for a field of the tool's input, `{{NAME}}` for a named secret. */
export type HttpRequestRecord = {
  method: (typeof httpMethods)[number]
  /** Only its path and query may hold fields and secrets. */
  url: string
  headers: { [name: string]: string }
  /** Any JSON; null: no body. */
  body: Json
  /** JSON pointer to the part of the answer that the model gets; null: all of it. */
  select: string | null
}
