import type { Budget } from '../../api/operations.ts'
import { useAction } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { BudgetForm } from './budget-form.tsx'
import { usageWords } from './words.ts'

/** What is taken from a budget, and changing it. */
export function BudgetLine({ budget }: { budget: Budget }) {
  const words = useWords(usageWords)
  const common = useWords(commonWords)
  const remove = useAction('deleteBudget')
  const mayWrite = useMay('budgets:write')
  const { id, scope, subject, period } = budget
  const name = subject ?? words.scopes[scope]
  const path = { id }
  return (
    <li>
      <strong>{name}</strong>{' '}
      <span className="soft">
        {words.scopes[scope]}, {words.periods[period]}
      </span>
      {barsOf(budget).map(({ limit, used, held, most }) => (
        <label key={limit} className="bar-line">
          <span>
            {words.ceilings[limit]}: {used} {words.of} {most}
            {held > 0 && `, ${words.reserved} ${held}`}
          </span>
          <meter min={0} max={most} high={most * 0.8} value={used + held} />
        </label>
      ))}
      {mayWrite && (
        <div className="actions">
          <Dialog trigger={<Button>{words.change}</Button>} title={`${words.change}: ${name}`}>
            {close => <Change budget={budget} onClose={close} />}
          </Dialog>
          <Confirm
            trigger={<Button kind="danger">{common.delete}</Button>}
            title={`${common.delete}: ${name}`}
            text={words.deleteText}
            act={common.delete}
            error={remove.error}
            isBusy={remove.isPending}
            onConfirm={() => remove.mutateAsync({ path })}
          />
        </div>
      )}
    </li>
  )
}

function Change({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const { mutate, error, isPending } = useAction('changeBudget')
  return (
    <BudgetForm
      of={budget}
      error={error}
      isBusy={isPending}
      onCancel={onClose}
      onSubmit={({ limits, timezone }) =>
        mutate({ path: { id: budget.id }, body: { limits, ...(timezone && { timezone }) } }, { onSuccess: onClose })
      }
    />
  )
}

/** One for each limit that there is. */
function barsOf({ limits, current: { spent, reserved } }: Budget) {
  const amounts = [
    ['max_cost_usd', Number(spent.cost_usd.toFixed(4)), Number((reserved?.cost_usd ?? 0).toFixed(4))],
    ['max_tokens', spent.tokens, reserved?.tokens ?? 0],
    ['max_steps', spent.steps, reserved?.steps ?? 0],
    ['max_seconds', Math.round(spent.seconds), 0],
  ] as const
  return amounts.flatMap(([limit, used, held]) => {
    const most = limits[limit]
    return most === undefined ? [] : [{ limit, used, held, most }]
  })
}
