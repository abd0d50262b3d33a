import { t } from 'elysia'
import { integer } from '../http/integer.ts'

const most = Number.MAX_SAFE_INTEGER

const ceilings = {
  max_tokens: t.Optional(integer({ minimum: 1, maximum: most, description: 'Of input and output together.' })),
  max_cost_usd: t.Optional(
    t.Number({
      exclusiveMinimum: 0,
      maximum: 1e9,
      description: 'In US dollars. A model whose price is not known is not called then.',
    }),
  ),
  max_steps: t.Optional(integer({ minimum: 1, maximum: most, description: 'Model calls.' })),
  max_seconds: t.Optional(
    t.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'Of execution, without what is waited for people.' }),
  ),
}

/** Ceilings in a body. What is left out has none. */
export const LimitsBody = t.Object(ceilings, {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ max_cost_usd: 0.5, max_steps: 20 }],
})

export const LimitsObject = t.Object(ceilings, { examples: [{ max_cost_usd: 0.5 }] })
