import type { Json } from '../json.ts'
import { describeIssues } from './tools/describe-issues.ts'
import { compileJsonSchema } from './tools/json-schema.ts'
import type { PlainJsonSchema } from './tools/schema.ts'

/** What an answer has to fit. */
export interface OutputRule {
  readonly jsonSchema: PlainJsonSchema
  judge(text: string): Judged
}

export type Judged = { ok: true; value: Json } | { ok: false; fault: string }

/** The model was asked twice, and its answer does not fit. */
export class OutputUnfit extends Error {
  override readonly name = 'OutputUnfit'
}

/** @throws Error saying what is wrong with the schema */
export async function outputRule(jsonSchema: PlainJsonSchema): Promise<OutputRule> {
  const check = await compileJsonSchema(jsonSchema)
  return {
    jsonSchema,
    judge(text) {
      let value: Json
      try {
        value = JSON.parse(withoutFence(text))
      } catch {
        return { ok: false, fault: 'it is no JSON' }
      }
      const issues = check(value)
      return issues.length === 0 ? { ok: true, value } : { ok: false, fault: describeIssues(issues) }
    },
  }
}

/** What the model is told about an answer that does not fit. */
export const repairRequest = (fault: string): string =>
  `That answer does not fit what is wanted: ${fault}. Answer again, with nothing but JSON that fits the schema.`

/** Many models put JSON into a fence of Markdown. */
const withoutFence = (text: string): string => /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text
