// Traces one thing and sends it: tracing-entry.ts <address of the collector>
import { readConfig } from '../../src/config.ts'

const { tracing, version, environment, secrets } = readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: process.argv[2] })
if (!tracing) throw new Error('No address was given.')
const { openTracing } = await import('../../src/telemetry/tracing/open-tracing.ts')
const { tracer, service } = openTracing({ config: tracing, version, environment, secrets, emit: () => {} })
await service.start()
const span = tracer.start('whole', { kind: 'internal' })
span.child('part', { kind: 'client' }).end()
span.end()
await service.stop(AbortSignal.timeout(5_000))
process.exit()
