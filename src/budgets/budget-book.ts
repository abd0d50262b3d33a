import type { Database } from '../db/database.ts'
import type { Notifier } from '../db/notifier.ts'
import { TableCopy } from '../db/table-copy.ts'
import type { FactListener } from '../telemetry/facts.ts'
import { type Budget, toBudget } from './budget.ts'

type BudgetsByTenant = ReadonlyMap<string, readonly Budget[]>

const none: readonly Budget[] = []

/** Which budgets there are, at hand: runs of tenants that have none pay nothing for them. */
export class BudgetBook extends TableCopy<BudgetsByTenant> {
  constructor({ database, notifier, emit }: { database: Database; notifier: Notifier; emit: FactListener }) {
    const { orm, tables } = database
    super({
      name: 'budget book',
      topic: 'budget',
      notifier,
      emit,
      initial: new Map(),
      read: async () => {
        const rows = await orm.select().from(tables.budgets).orderBy(tables.budgets.id)
        return Map.groupBy(rows.map(toBudget), ({ tenantId }) => tenantId)
      },
    })
  }

  of(tenantId: string): readonly Budget[] {
    return this.current.get(tenantId) ?? none
  }

  get(id: string): Budget | undefined {
    for (const budgets of this.current.values()) {
      const found = budgets.find(budget => budget.id === id)
      if (found) return found
    }
    return undefined
  }
}
