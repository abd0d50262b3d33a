import type { ApprovalRule, ToolDefinition } from '../define.ts'
import type { DeadlineAction } from '../wait.ts'
import { type PlainJsonSchema, plainObjectSchema } from './schema.ts'

/** An approval rule with its defaults. */
export interface LoadedApproval {
  /** Also where the rule's own code fails: what cannot be judged needs a person. */
  isNeeded(input: unknown): Promise<boolean>
  message(input: unknown): string
  readonly form: PlainJsonSchema | null
  readonly deadlineSeconds: number | null
  readonly onDeadline: DeadlineAction
  readonly remindEverySeconds: number | null
  readonly holdsThread: boolean
}

const daySeconds = 86_400
const longestMessage = 4_000

/** @throws Error saying what is wrong with the form */
export function loadApproval({
  approval,
  description,
}: Pick<ToolDefinition, 'approval' | 'description'>): LoadedApproval | null {
  if (approval === undefined || approval === false) return null
  const rule: ApprovalRule = approval === true ? {} : approval
  return {
    async isNeeded(input) {
      if (!rule.when) return true
      try {
        // Safe: `input` has passed the schema from which the rule took its type.
        return await rule.when(input as Record<string, unknown>)
      } catch {
        return true
      }
    },
    message(input) {
      try {
        // Safe: as above.
        return (rule.message?.(input as Record<string, unknown>) ?? description).slice(0, longestMessage)
      } catch {
        return description.slice(0, longestMessage)
      }
    },
    form: rule.form === undefined ? null : plainObjectSchema(rule.form),
    deadlineSeconds: rule.deadlineSeconds ?? daySeconds,
    onDeadline: rule.onDeadline ?? 'deny',
    remindEverySeconds: rule.remindEverySeconds ?? null,
    holdsThread: rule.holdsThread ?? false,
  }
}
