import { useAction, useApi } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Card } from '../../ui/page.tsx'
import { useWords } from '../../words/language.ts'
import { BudgetForm } from './budget-form.tsx'
import { BudgetLine } from './budget-line.tsx'
import { usageWords } from './words.ts'

export function Budgets() {
  const words = useWords(usageWords)
  const query = useApi('listBudgets', { query: { limit: 100 } }, { every: 5_000 })
  const mayWrite = useMay('budgets:write')
  return (
    <Card title={words.budgets}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">{words.noBudgets}</p>
          ) : (
            <ul className="versions" aria-label={words.budgets}>
              {data.map(budget => (
                <BudgetLine key={budget.id} budget={budget} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayWrite && (
        <Dialog trigger={<Button>{words.newBudget}</Button>} title={words.newBudget}>
          {close => <Create onClose={close} />}
        </Dialog>
      )}
    </Card>
  )
}

function Create({ onClose }: { onClose: () => void }) {
  const { mutate, error, isPending } = useAction('createBudget')
  return (
    <BudgetForm
      error={error}
      isBusy={isPending}
      onCancel={onClose}
      onSubmit={body => mutate({ body }, { onSuccess: onClose })}
    />
  )
}
