// Checks what an agent file exports.
import type {
  AgentDefinition,
  ApprovalRule,
  HistoryRule,
  McpServerDefinition,
  RunBudget,
  ScheduleDefinition,
  ToolDefinition,
} from '../define.ts'
import { memoryFault } from '../memory.ts'
import { builtinToolNames, isBuiltinTool } from '../tools/builtin-names.ts'
import {
  type Check,
  isCount,
  isFunction,
  isObject,
  isSchema,
  isText,
  matches,
  must,
  objectProblems,
  type Problem,
  type Shape,
  show,
} from './shape.ts'

type CheckedDefinition = { ok: true; definition: AgentDefinition } | { ok: false; problems: Problem[] }

/** Every problem of a definition at once. Tool schemas are not compiled here, only looked at. */
export function validateAgent(value: unknown): CheckedDefinition {
  const problems = isObject(value)
    ? [
        ...objectProblems(value, agentShape, ''),
        ...partProblems(value.tools, toolPart),
        ...partProblems(value.mcp, mcpPart),
        ...partProblems(value.schedules, schedulePart),
      ]
    : [{ message: `an agent must be an object made by defineAgent, not ${show(value)}` }]
  if (problems.length > 0) return { ok: false, problems }
  // Safe: every key of AgentDefinition has a check below, the compiler sees to that, and all have passed.
  return { ok: true, definition: value as AgentDefinition }
}

const isCeiling = must('must be a number above 0', value => Number.isFinite(value) && Number(value) > 0)

const budgetShape = {
  checks: {
    maxTokens: isCount,
    maxCostUsd: isCeiling,
    maxSteps: isCount,
    maxSeconds: isCeiling,
  } satisfies Record<keyof RunBudget, Check>,
  required: [],
  aliases: { tokens: 'maxTokens', usd: 'maxCostUsd', steps: 'maxSteps', seconds: 'maxSeconds' },
}

function isToolChoice(value: unknown): boolean {
  return matches(/^(auto|none|required)$/)(value) || (isObject(value) && typeof value.tool === 'string')
}

function isModelNames(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string' && isModel(item))
}

function isNamespace(value: unknown): boolean {
  return typeof value === 'string' && memoryFault(value) === null
}

function isBudget(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0 && objectProblems(value, budgetShape, '').length === 0
}

const historyShape = {
  checks: {
    maxMessages: isCount,
    maxTokens: isCount,
    summarize: must('must be true or false', value => typeof value === 'boolean'),
  } satisfies Record<keyof HistoryRule, Check>,
  required: [],
  aliases: { summarise: 'summarize', messages: 'maxMessages', tokens: 'maxTokens' },
}

const isHistory = (value: unknown): boolean => isObject(value) && objectProblems(value, historyShape, '').length === 0

const isAgentNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every(matches(/^[a-z0-9][a-z0-9_-]{0,63}$/))

const agentShape = {
  checks: {
    name: must(
      'must be 1–64 lower-case letters, digits, "_" or "-", and start with a letter or digit',
      matches(/^[a-z0-9][a-z0-9_-]{0,63}$/),
    ),
    description: isText,
    model: must('must be "provider/model" or a model object of the AI SDK (specification v4)', isModel),
    fallbackModels: must('must be an array of "provider/model"', isModelNames),
    instructions: isText,
    tools: must('must be an array of tools', Array.isArray),
    mcp: must('must be an array of servers', Array.isArray),
    maxSteps: isCount,
    temperature: must('must be a number, 0 or more', value => Number.isFinite(value) && Number(value) >= 0),
    topP: must('must be a number above 0 and at most 1', value => Number(value) > 0 && Number(value) <= 1),
    maxOutputTokens: isCount,
    stop: must('must be an array of texts', isTexts),
    toolChoice: must('must be "auto", "none", "required" or { tool: "name" }', isToolChoice),
    output: isSchema,
    budget: must('must be ceilings above 0, such as { maxTokens: 100_000 }', isBudget),
    history: must('must be a rule such as { maxMessages: 50, summarize: true }', isHistory),
    memory: must('must be a namespace such as "users/{metadata.user}"', isNamespace),
    agents: must('must be an array of names of agents', isAgentNames),
    promptCache: must('must be true or false', value => typeof value === 'boolean'),
    schedules: must('must be an array of schedules', Array.isArray),
  } satisfies Record<keyof AgentDefinition, Check>,
  required: ['name', 'model'],
  aliases: { system: 'instructions', prompt: 'instructions', id: 'name', max_tokens: 'maxOutputTokens' },
}

const approvalShape = {
  checks: {
    when: isFunction,
    message: isFunction,
    form: isSchema,
    deadlineSeconds: isCount,
    onDeadline: must('must be "approve", "deny" or "fail"', matches(/^(approve|deny|fail)$/)),
    remindEverySeconds: isCount,
    holdsThread: must('must be true or false', value => typeof value === 'boolean'),
  } satisfies Record<keyof ApprovalRule, Check>,
  required: [],
  aliases: { timeoutSeconds: 'deadlineSeconds', needed: 'when' },
}

const isApproval = (value: unknown): boolean =>
  typeof value === 'boolean' || (isObject(value) && objectProblems(value, approvalShape, '').length === 0)

const toolShape = {
  checks: {
    name: must('must be 1–64 letters, digits, "_" or "-"', matches(/^[A-Za-z0-9_-]{1,64}$/)),
    description: isText,
    input: isSchema,
    effect: must('must be "none", "idempotent" or "once"', matches(/^(none|idempotent|once)$/)),
    // A day; timers of more than 24 days would go off at once.
    timeoutSeconds: must(
      'must be a number above 0 and at most 86400',
      value => typeof value === 'number' && value > 0 && value <= 86_400,
    ),
    approval: must('must be true, false or a rule such as { deadlineSeconds: 3600 }', isApproval),
    run: isFunction,
  } satisfies Record<keyof ToolDefinition, Check>,
  required: ['name', 'description', 'input', 'run'],
  aliases: { parameters: 'input', inputSchema: 'input', execute: 'run', handler: 'run', timeout: 'timeoutSeconds' },
}

const isSeconds = must(
  'must be a number of seconds, 0 or more',
  value => Number.isSafeInteger(value) && Number(value) >= 0,
)

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

const isTextMap = must(
  'must be an object of texts',
  value => isObject(value) && Object.values(value).every(item => typeof item === 'string'),
)

const mcpShape = {
  checks: {
    name: must('must be 1–32 letters, digits, "_" or "-"', matches(/^[A-Za-z0-9_-]{1,32}$/)),
    command: isText,
    args: must('must be an array of texts', isTexts),
    env: isTextMap,
    cwd: isText,
    url: must('must be a URL of http or https', value => /^https?:$/.test(URL.parse(String(value))?.protocol ?? '')),
    headers: isTextMap,
    tools: must('must be an array of names', isTexts),
    effect: must('must be "none", "idempotent" or "once"', matches(/^(none|idempotent|once)$/)),
    approval: must('must be true or an array of names', value => value === true || isTexts(value)),
    timeoutSeconds: isCount,
  } satisfies Record<keyof McpServerDefinition, Check>,
  required: ['name'],
  aliases: { endpoint: 'url', cmd: 'command', arguments: 'args', timeout: 'timeoutSeconds' },
}

// Whether a rule, a time or a zone is one is known where schedules are kept.
const scheduleShape = {
  checks: {
    name: must('must be 1–64 letters, digits, "_" or "-"', matches(/^[A-Za-z0-9_-]{1,64}$/)),
    cron: isText,
    at: isText,
    timezone: isText,
    input: must('must be a text or an array of messages', isInput),
    startAt: isText,
    endAt: isText,
    jitterSeconds: isSeconds,
    catchUp: must('must be "skip", "one" or "all"', matches(/^(skip|one|all)$/)),
    catchUpLimit: isCount,
    catchUpMaxAgeSeconds: isSeconds,
    overlap: must(
      'must be "allow", "skip", "queue" or "cancel_previous"',
      matches(/^(allow|skip|queue|cancel_previous)$/),
    ),
    threadId: isText,
    metadata: must('must be an object', isObject),
    maxAttempts: isCount,
    timeoutSeconds: isCount,
  } satisfies Record<keyof ScheduleDefinition, Check>,
  required: ['name', 'input'],
  aliases: { schedule: 'cron', rule: 'cron', every: 'cron', tz: 'timezone', timeZone: 'timezone', message: 'input' },
}

function isInput(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      message =>
        isObject(message) && matches(/^(system|user|assistant)$/)(message.role) && typeof message.content === 'string',
    )
  )
}

function isModel(value: unknown): boolean {
  if (typeof value === 'string') return /^[A-Za-z0-9][A-Za-z0-9_.-]*\/\S+$/.test(value)
  return (
    isObject(value) &&
    value.specificationVersion === 'v4' &&
    typeof value.provider === 'string' &&
    typeof value.modelId === 'string' &&
    typeof value.doStream === 'function'
  )
}

/** One kind of thing that an agent has a list of. */
interface Part {
  noun: string
  maker: string
  shape: Shape
}

const toolPart: Part = {
  noun: 'tool',
  maker: `made by defineTool, or the name of one of ${builtinToolNames.join(', ')}`,
  shape: toolShape,
}
const mcpPart: Part = { noun: 'mcp server', maker: 'with name, and command or url', shape: mcpShape }
const schedulePart: Part = { noun: 'schedule', maker: 'with name, cron and input', shape: scheduleShape }

function partProblems(parts: unknown, { noun, maker, shape }: Part): Problem[] {
  if (!Array.isArray(parts)) return []
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [index, part] of parts.entries()) {
    if (noun === 'tool' && isBuiltinTool(part)) {
      if (seen.has(part)) problems.push({ message: `two tools are named "${part}"` })
      seen.add(part)
      continue
    }
    if (!isObject(part)) {
      problems.push({ message: `${noun}s[${index}] must be an object ${maker}, not ${show(part)}` })
      continue
    }
    const { name } = part
    const where = typeof name === 'string' ? `${noun} "${name}": ` : `${noun}s[${index}]: `
    problems.push(...objectProblems(part, shape, where))
    if (shape === mcpShape && (part.command === undefined) === (part.url === undefined)) {
      problems.push({ message: `${where}it needs either command or url` })
    }
    if (typeof name !== 'string') continue
    if (seen.has(name)) problems.push({ message: `two ${noun}s are named "${name}"` })
    seen.add(name)
  }
  return problems
}
