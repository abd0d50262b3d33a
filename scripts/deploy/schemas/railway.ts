import { type TProperties, Type } from '@sinclair/typebox'

// The documented keys of railway.json.
const closed = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false })
const optional = Type.Optional
const text = Type.String({ minLength: 1 })
/** The documentation writes these as text. */
const seconds = Type.String({ pattern: '^[0-9]+$' })

export const RailwayJson = closed({
  $schema: Type.Literal('https://railway.com/railway.schema.json'),
  build: closed({
    builder: Type.Union([Type.Literal('RAILPACK'), Type.Literal('DOCKERFILE')]),
    watchPatterns: optional(Type.Array(text)),
    buildCommand: optional(text),
    dockerfilePath: optional(text),
  }),
  deploy: closed({
    startCommand: optional(text),
    preDeployCommand: optional(Type.Array(text, { minItems: 1, maxItems: 1 })),
    healthcheckPath: optional(Type.String({ pattern: '^/' })),
    healthcheckTimeout: optional(Type.Integer({ minimum: 1 })),
    restartPolicyType: optional(
      Type.Union([Type.Literal('ON_FAILURE'), Type.Literal('ALWAYS'), Type.Literal('NEVER')]),
    ),
    restartPolicyMaxRetries: optional(Type.Integer({ minimum: 0 })),
    cronSchedule: optional(text),
    overlapSeconds: optional(seconds),
    drainingSeconds: optional(seconds),
  }),
})
