import { hostname } from 'node:os'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { TracingConfig } from '../../config-tracing.ts'
import { newId } from '../../runtime/id.ts'
import type { Service } from '../../runtime/service.ts'
import type { FactListener } from '../facts.ts'
import { secretHider } from '../hide-secrets.ts'
import { recordingTracer } from './recorded-span.ts'
import { SpanIds } from './span-ids.ts'
import { SpanQueue } from './span-queue.ts'
import type { Tracer } from './tracer.ts'

export interface TracingOptions {
  config: TracingConfig
  version: string
  environment: string
  /** Never to be recorded, in addition to what looks like a secret. */
  secrets: readonly string[]
  emit: FactListener
}

export interface Tracing {
  tracer: Tracer
  /** Sends what was recorded; stopped, it sends what is left. */
  service: Service
}

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>

/** The only way to OpenTelemetry's packages: whoever traces nothing never loads this file. */
export function openTracing({ config, version, environment, secrets, emit }: TracingOptions): Tracing {
  const { url, headers, compression, timeoutMs, queueSize, batchSize, delayMs } = config
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    // Safe: an enum of these two words, which its package does not hand out.
    compression: compression as ExporterOptions['compression'] & string,
    timeoutMillis: timeoutMs,
    userAgent: `Bunkhouse/${version}`,
  })
  const queue = new SpanQueue({ exporter, emit, queueSize, batchSize, delayMs })
  const ids = new SpanIds()
  const provider = new TracerProvider({
    sampler: samplerOf(config.sampler),
    idGenerator: ids,
    spanProcessors: [queue],
    spanLimits: { attributeValueLengthLimit: config.valueLength },
    resource: resourceFromAttributes({
      'service.version': version,
      'service.instance.id': newId('prc'),
      'deployment.environment.name': environment,
      'host.name': hostname(),
      'process.pid': process.pid,
      ...config.resource,
    }),
  })
  const tracer = recordingTracer({
    tracer: provider.getTracer('bunkhouse', version),
    ids,
    capturesContent: config.capturesContent,
    hide: secretHider(secrets),
  })
  return { tracer, service: queue }
}

function samplerOf({ name, ratio }: TracingConfig['sampler']): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio)
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() })
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) })
  }
}
