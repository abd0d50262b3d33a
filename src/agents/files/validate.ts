// Checks what an agent file exports. Agent files are often JavaScript, or TypeScript nobody type-checked.
import type { AgentDefinition, ScheduleDefinition, ToolDefinition } from '../define.ts'
import { nearest } from './nearest.ts'

/** `key` is the property the problem is about, as it stands in the file. */
interface Problem {
  message: string
  key?: string
}

type CheckedDefinition = { ok: true; definition: AgentDefinition } | { ok: false; problems: Problem[] }

/** Every problem of a definition at once. Tool schemas are not compiled here, only looked at. */
export function validateAgent(value: unknown): CheckedDefinition {
  const problems = isObject(value)
    ? [
        ...objectProblems(value, agentShape, ''),
        ...partProblems(value.tools, toolPart),
        ...partProblems(value.schedules, schedulePart),
      ]
    : [{ message: `an agent must be an object made by defineAgent, not ${show(value)}` }]
  if (problems.length > 0) return { ok: false, problems }
  // Safe: every key of AgentDefinition has a check below, the compiler sees to that, and all have passed.
  return { ok: true, definition: value as AgentDefinition }
}

/** Says what the value must be when it is not that; null when it is fine. */
type Check = (value: unknown) => string | null

interface Shape {
  checks: Record<string, Check>
  required: string[]
  /** Names other libraries use for the same thing. */
  aliases: Record<string, string>
}

const must =
  (text: string, passes: (value: unknown) => boolean): Check =>
  value =>
    passes(value) ? null : text

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)
const isText = must('must be a string', value => typeof value === 'string')
const isCount = must('must be a positive whole number', value => Number.isSafeInteger(value) && Number(value) > 0)

const agentShape = {
  checks: {
    name: must(
      'must be 1–64 lower-case letters, digits, "_" or "-", and start with a letter or digit',
      matches(/^[a-z0-9][a-z0-9_-]{0,63}$/),
    ),
    description: isText,
    model: must('must be "provider/model" or a model object of the AI SDK (specification v4)', isModel),
    instructions: isText,
    tools: must('must be an array of tools', Array.isArray),
    maxSteps: isCount,
    temperature: must('must be a number, 0 or more', value => Number.isFinite(value) && Number(value) >= 0),
    maxOutputTokens: isCount,
    schedules: must('must be an array of schedules', Array.isArray),
  } satisfies Record<keyof AgentDefinition, Check>,
  required: ['name', 'model'],
  aliases: { system: 'instructions', prompt: 'instructions', id: 'name', max_tokens: 'maxOutputTokens' },
}

const toolShape = {
  checks: {
    name: must('must be 1–64 letters, digits, "_" or "-"', matches(/^[A-Za-z0-9_-]{1,64}$/)),
    description: isText,
    input: must('must be a JSON Schema object or a Standard Schema', isSchema),
    effect: must('must be "none", "idempotent" or "once"', matches(/^(none|idempotent|once)$/)),
    // A day; timers of more than 24 days would go off at once.
    timeoutSeconds: must(
      'must be a number above 0 and at most 86400',
      value => typeof value === 'number' && value > 0 && value <= 86_400,
    ),
    run: must('must be a function', value => typeof value === 'function'),
  } satisfies Record<keyof ToolDefinition, Check>,
  required: ['name', 'description', 'input', 'run'],
  aliases: { parameters: 'input', inputSchema: 'input', execute: 'run', handler: 'run', timeout: 'timeoutSeconds' },
}

const isSeconds = must(
  'must be a number of seconds, 0 or more',
  value => Number.isSafeInteger(value) && Number(value) >= 0,
)

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

/** Some libraries' schemas are functions. */
function isSchema(value: unknown): boolean {
  return isObject(value) || (typeof value === 'function' && '~standard' in value)
}

function objectProblems(value: Record<string, unknown>, shape: Shape, where: string): Problem[] {
  const problems: Problem[] = []
  for (const [key, given] of Object.entries(value)) {
    const check = Object.hasOwn(shape.checks, key) ? shape.checks[key] : undefined
    if (check === undefined) problems.push(unknownKey(key, shape, where))
    else if (given !== undefined) {
      const complaint = check(given)
      if (complaint !== null) problems.push({ key, message: `${where}${key} ${complaint}, not ${show(given)}` })
    }
  }
  const missing = shape.required.filter(key => value[key] === undefined)
  return [...problems, ...missing.map(key => ({ message: `${where}${key} is missing` }))]
}

function unknownKey(key: string, { checks, aliases }: Shape, where: string): Problem {
  const known = Object.hasOwn(aliases, key) ? aliases[key] : nearest(key, Object.keys(checks))
  const advice = known === undefined ? `known are ${Object.keys(checks).join(', ')}` : `did you mean "${known}"?`
  return { key, message: `${where}unknown key "${key}"; ${advice}` }
}

/** One kind of thing that an agent has a list of. */
interface Part {
  noun: string
  maker: string
  shape: Shape
}

const toolPart: Part = { noun: 'tool', maker: 'made by defineTool', shape: toolShape }
const schedulePart: Part = { noun: 'schedule', maker: 'with name, cron and input', shape: scheduleShape }

function partProblems(parts: unknown, { noun, maker, shape }: Part): Problem[] {
  if (!Array.isArray(parts)) return []
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [index, part] of parts.entries()) {
    if (!isObject(part)) {
      problems.push({ message: `${noun}s[${index}] must be an object ${maker}, not ${show(part)}` })
      continue
    }
    const { name } = part
    const where = typeof name === 'string' ? `${noun} "${name}": ` : `${noun}s[${index}]: `
    problems.push(...objectProblems(part, shape, where))
    if (typeof name !== 'string') continue
    if (seen.has(name)) problems.push({ message: `two ${noun}s are named "${name}"` })
    seen.add(name)
  }
  return problems
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a promise'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
