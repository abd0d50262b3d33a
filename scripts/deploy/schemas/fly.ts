import { type TProperties, Type } from '@sinclair/typebox'

// The documented keys of fly.toml that are used here. Fly itself lets unknown ones pass, and so would a typing error.
const closed = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false })
const optional = Type.Optional
const text = Type.String({ minLength: 1 })
const duration = Type.String({ pattern: '^[0-9]+(ms|s|m|h)$' })
const size = Type.String({ pattern: '^[0-9]+(mb|gb|MB|GB)$' })
const port = Type.Integer({ minimum: 1, maximum: 65_535 })

export const FlyToml = closed({
  app: Type.String({ pattern: '^[a-z0-9][a-z0-9-]+$' }),
  primary_region: Type.String({ pattern: '^[a-z]{3}$' }),
  kill_signal: Type.Union(
    ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGKILL', 'SIGSTOP'].map(name => Type.Literal(name)),
  ),
  kill_timeout: Type.Integer({ minimum: 1, maximum: 300 }),
  build: closed({ dockerfile: text }),
  deploy: closed({
    strategy: Type.Union(['rolling', 'immediate', 'canary', 'bluegreen'].map(name => Type.Literal(name))),
    release_command: optional(text),
    release_command_timeout: optional(duration),
  }),
  env: Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), Type.String(), { additionalProperties: false }),
  mounts: optional(
    Type.Array(
      closed({
        source: Type.String({ pattern: '^[a-z0-9_]+$' }),
        destination: Type.String({ pattern: '^/' }),
        initial_size: optional(size),
        auto_extend_size_threshold: optional(Type.Integer({ minimum: 50, maximum: 99 })),
        auto_extend_size_increment: optional(size),
        auto_extend_size_limit: optional(size),
        snapshot_retention: optional(Type.Integer({ minimum: 1, maximum: 60 })),
      }),
    ),
  ),
  http_service: closed({
    internal_port: port,
    force_https: Type.Boolean(),
    auto_stop_machines: Type.Union(['off', 'stop', 'suspend'].map(name => Type.Literal(name))),
    auto_start_machines: Type.Boolean(),
    min_machines_running: Type.Integer({ minimum: 0 }),
    concurrency: closed({
      type: Type.Union([Type.Literal('requests'), Type.Literal('connections')]),
      soft_limit: Type.Integer({ minimum: 1 }),
      hard_limit: Type.Integer({ minimum: 1 }),
    }),
    checks: Type.Array(
      closed({
        method: Type.Literal('GET'),
        path: Type.String({ pattern: '^/' }),
        grace_period: duration,
        interval: duration,
        timeout: duration,
      }),
      { minItems: 1 },
    ),
  }),
  metrics: optional(closed({ port, path: Type.String({ pattern: '^/' }) })),
  vm: Type.Array(closed({ size: text, memory: size }), { minItems: 1 }),
})
