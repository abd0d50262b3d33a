import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { AppContext } from '../context.ts'

const input = {
  type: 'object',
  properties: { timezone: { type: 'string', description: 'Of the tz database, such as Europe/Berlin. Default UTC.' } },
  additionalProperties: false,
}

/** Models do not know what time it is. */
export async function nowTool({ clock }: Pick<AppContext, 'clock'>): Promise<LoadedTool> {
  return {
    name: 'now',
    description: 'The present date and time.',
    schema: await toolSchema(input),
    effect: 'none',
    timeoutSeconds: 5,
    doneBy: 'service',
    isBuiltin: true,
    approval: null,
    run(given) {
      const { timezone = 'UTC' } = given as { timezone?: string } // it has passed the schema above
      const now = new Date(clock.now())
      const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long', timeZone: timezone })
      return { iso: now.toISOString(), local: format.format(now), timezone }
    },
  }
}
