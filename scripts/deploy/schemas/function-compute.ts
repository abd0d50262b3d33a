import { type TProperties, Type } from '@sinclair/typebox'

// The documented keys of the component fc3 of Serverless Devs that are used here. The tool lets unknown ones pass.
const closed = <T extends TProperties>(properties: T) => Type.Object(properties, { additionalProperties: false })
const optional = Type.Optional
const text = Type.String({ minLength: 1 })
const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum })
const port = whole(1, 65_535)

const health = closed({
  httpGetUrl: Type.String({ pattern: '^/' }),
  initialDelaySeconds: whole(0, 120),
  periodSeconds: whole(1, 120),
  timeoutSeconds: whole(1, 3),
  failureThreshold: whole(1, 120),
  successThreshold: whole(1, 120),
})

const http = closed({
  triggerName: text,
  triggerType: Type.Literal('http'),
  triggerConfig: closed({
    authType: Type.Union([Type.Literal('anonymous'), Type.Literal('function'), Type.Literal('jwt')]),
    methods: Type.Array(
      Type.Union(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map(name => Type.Literal(name))),
      { uniqueItems: true, minItems: 1 },
    ),
  }),
})

const timer = closed({
  triggerName: text,
  triggerType: Type.Literal('timer'),
  triggerConfig: closed({
    cronExpression: Type.String({ pattern: '^(@every [0-9]+m|([^ ]+ ){5}[^ ]+)$' }),
    enable: Type.Boolean(),
    payload: Type.String(),
  }),
})

const common = {
  region: text,
  functionName: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' }),
  description: optional(Type.String({ maxLength: 256 })),
  handler: text,
  cpu: Type.Number({ minimum: 0.05, maximum: 16, multipleOf: 0.05 }),
  memorySize: Type.Integer({ minimum: 128, maximum: 32_768, multipleOf: 64 }),
  diskSize: Type.Union([Type.Literal(512), Type.Literal(10_240)]),
  timeout: whole(1, 86_400),
  instanceConcurrency: whole(1, 200),
  instanceLifecycleConfig: closed({ preStop: closed({ handler: text, timeout: whole(1, 90) }) }),
  environmentVariables: Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' }), Type.String(), {
    additionalProperties: false,
  }),
  vpcConfig: closed({ vpcId: text, vSwitchIds: Type.Array(text, { minItems: 1 }), securityGroupId: text }),
  internetAccess: Type.Boolean(),
  logConfig: Type.Literal('auto'),
  triggers: Type.Array(Type.Union([http, timer]), { minItems: 1 }),
}

const codePackage = closed({
  ...common,
  runtime: Type.Union(
    ['custom', 'custom.debian10', 'custom.debian11', 'custom.debian12'].map(name => Type.Literal(name)),
  ),
  code: text,
  customRuntimeConfig: closed({
    command: Type.Array(text, { minItems: 1 }),
    args: Type.Array(text),
    port,
    healthCheckConfig: health,
  }),
})

const container = closed({
  ...common,
  runtime: Type.Literal('custom-container'),
  customContainerConfig: closed({
    image: text,
    entrypoint: Type.Array(text),
    command: Type.Array(text),
    port,
    healthCheckConfig: health,
  }),
  nasConfig: optional(
    closed({
      userId: Type.Integer(),
      groupId: Type.Integer(),
      mountPoints: Type.Array(closed({ serverAddr: text, mountDir: Type.String({ pattern: '^/' }) })),
    }),
  ),
})

const project = <T extends TProperties>(service: T) =>
  closed({
    edition: Type.Literal('3.0.0'),
    name: text,
    access: text,
    vars: closed({ region: Type.String({ pattern: '^[a-z]{2}-[a-z0-9-]+$' }) }),
    resources: closed({ service: closed(service) }),
  })

const component = Type.Literal('fc3')
const actions = closed({ 'pre-deploy': Type.Array(closed({ run: text }), { minItems: 1 }) })

export const CodePackage = project({ component, actions, props: codePackage })
export const ContainerFunction = project({ component, props: container })
