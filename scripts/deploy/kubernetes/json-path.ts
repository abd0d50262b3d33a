export type Json = string | number | boolean | null | undefined | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at the end of the keys; undefined where one of them is not there. */
export const at = (value: Json, ...keys: string[]): Json =>
  keys.reduce<Json>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

export const list = (value: Json): Json[] => (Array.isArray(value) ? value : [])

/** Whether every label of the selector is among the labels. An empty selector selects everything. */
export const selects = (selector: Json, labels: Json): boolean =>
  isObject(selector) && Object.entries(selector).every(([key, value]) => at(labels, key) === value)
