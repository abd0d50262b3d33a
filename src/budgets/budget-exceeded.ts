/** A model call is not made: a ceiling is reached, or it cannot be said what the call would cost. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded'
}

/** A ceiling in money holds for nothing whose price is not known. */
export const unpriced = (model: string): BudgetExceeded =>
  new BudgetExceeded(`A budget in money holds, and the price of ${model} is not known. MODEL_PRICES adds prices.`)
