import { t } from 'elysia'
import type { AppContext } from '../context.ts'
import { controller, withRequest } from '../http/controller.ts'
import { deleteRun } from './delete-run.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the run.', examples: ['run_01a20abbc230700ca040214128e30773'] }),
})

/** `DELETE /v1/runs/{id}`. */
export const deleteRunRoutes = (app: AppContext) =>
  controller('Runs', '/v1/runs').delete(
    '/:id',
    async ({ actor, params, request, set }) => {
      await deleteRun(app, withRequest(actor, request), params.id)
      set.status = 204
    },
    {
      scope: 'runs:write',
      params,
      detail: {
        operationId: 'deleteRun',
        summary: 'Delete a run',
        description:
          'With its log. What it has added to its thread, and the usage that it was counted in, stay. 409 for one that has not ended.',
        responses: { 204: { description: 'It is gone.' } },
      },
    },
  )
