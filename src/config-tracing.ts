import type { EnvReader } from './config-reader.ts'

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** Of all signals, or of traces alone, which counts for more. */
const ofExporter = ['ENDPOINT', 'PROTOCOL', 'HEADERS', 'COMPRESSION', 'TIMEOUT'].flatMap(name => [
  `OTEL_EXPORTER_OTLP_${name}`,
  `OTEL_EXPORTER_OTLP_TRACES_${name}`,
])
const variables = [
  ...ofExporter,
  'OTEL_SDK_DISABLED',
  'OTEL_TRACES_EXPORTER',
  'OTEL_SERVICE_NAME',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
  'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_BSP_SCHEDULE_DELAY',
]

/** Where traces go and how many of them. Each field's variable is one of OpenTelemetry's own. */
export interface TracingConfig {
  /** Takes traces by OTLP over HTTP, as protobuf. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly compression: 'none' | 'gzip'
  /** What one export may take, with what is tried again. */
  readonly timeoutMs: number
  /** Of the resource: `service.name` and what else is known of where this runs. */
  readonly resource: Readonly<Record<string, string>>
  readonly sampler: { readonly name: (typeof samplers)[number]; readonly ratio: number }
  /** Prompts, answers and the inputs and outputs of tools are recorded too. */
  readonly capturesContent: boolean
  /** Characters at which the value of an attribute is cut. */
  readonly valueLength: number
  /** Spans that wait to be exported; more are dropped. */
  readonly queueSize: number
  readonly batchSize: number
  /** Between two exports while fewer than a batch wait. */
  readonly delayMs: number
}

/** Null where nothing is to be traced: then what is wrong with the rest does no harm. */
export function readTracing(read: EnvReader): TracingConfig | null {
  // So that what is secret in them is known also where they are not used.
  for (const name of variables) read.optional(name)
  const url = readUrl(read)
  if (url === null || read.flag('OTEL_SDK_DISABLED', false)) return null
  if (read.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp') === 'none') return null
  // Nothing else is spoken. Said at the start: a collector's port for gRPC takes no HTTP, and would do so silently.
  read.choice(signal(read, 'PROTOCOL'), ['http/protobuf'], 'http/protobuf')
  const queueSize = read.integer('OTEL_BSP_MAX_QUEUE_SIZE', 2_048, { min: 1, max: 1_000_000 })
  return {
    url,
    headers: {
      ...readPairs(read, 'OTEL_EXPORTER_OTLP_HEADERS'),
      ...readPairs(read, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'),
    },
    compression: read.choice(signal(read, 'COMPRESSION'), ['none', 'gzip'], 'none'),
    timeoutMs: read.integer(signal(read, 'TIMEOUT'), 10_000, { min: 1, max: 600_000 }),
    resource: readResource(read),
    sampler: readSampler(read),
    capturesContent: readCapture(read),
    valueLength: read.integer('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 32_768, { min: 100, max: 10_000_000 }),
    queueSize,
    batchSize: Math.min(queueSize, read.integer('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, { min: 1, max: 1_000_000 })),
    delayMs: read.integer('OTEL_BSP_SCHEDULE_DELAY', 5_000, { min: 1, max: 600_000 }),
  }
}

/** The variable that is set for traces alone, else that of all signals. */
const signal = (read: EnvReader, name: string): string =>
  read.optional(`OTEL_EXPORTER_OTLP_TRACES_${name}`) === null
    ? `OTEL_EXPORTER_OTLP_${name}`
    : `OTEL_EXPORTER_OTLP_TRACES_${name}`

/** An address for traces is taken as it is; to that of all signals belongs the path of traces. */
function readUrl(read: EnvReader): string | null {
  const own = read.url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', ['http:', 'https:'])
  if (own !== null) return own
  const base = read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:'])
  return base && `${base.replace(/\/$/, '')}/v1/traces`
}

function readResource(read: EnvReader): Record<string, string> {
  const given = readPairs(read, 'OTEL_RESOURCE_ATTRIBUTES')
  return { ...given, 'service.name': read.text('OTEL_SERVICE_NAME', given['service.name'] ?? 'bunkhouse') }
}

function readSampler(read: EnvReader): TracingConfig['sampler'] {
  const name = read.choice('OTEL_TRACES_SAMPLER', samplers, 'parentbased_always_on')
  return { name, ratio: read.number('OTEL_TRACES_SAMPLER_ARG', 1, { min: 0, max: 1 }) }
}

/** Besides on and off, in the words in which newer instrumentations say where such content is to go. */
function readCapture(read: EnvReader): boolean {
  const name = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'
  const words: Record<string, boolean> = { no_content: false, span_only: true, event_only: false, span_and_event: true }
  return words[read.optional(name)?.toLowerCase() ?? ''] ?? read.flag(name, false)
}

/** `name=value,name=value`, percent-encoded. What is wrong is not quoted: it may be a secret. */
function readPairs(read: EnvReader, variable: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const part of (read.optional(variable) ?? '').split(',')) {
    if (part.trim() === '') continue
    const [name, value] = splitPair(part)
    if (name === '' || value === null) read.complain(variable, 'must be like name=value,name=value, percent-encoded')
    else pairs[name] = value
  }
  return pairs
}

function splitPair(part: string): [string, string | null] {
  const at = part.indexOf('=')
  if (at < 0) return ['', null]
  try {
    return [decodeURIComponent(part.slice(0, at).trim()), decodeURIComponent(part.slice(at + 1).trim())]
  } catch {
    return ['', null]
  }
}
