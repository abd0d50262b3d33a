import { useApi } from '../../api/use-api.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Card } from '../../ui/page.tsx'
import { useWords } from '../../words/language.ts'
import { usageWords } from './words.ts'

export function Budgets() {
  const words = useWords(usageWords)
  const query = useApi('listBudgets', { query: { limit: 100 } }, { every: 5_000 })
  return (
    <Card title={words.budgets}>
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">{words.noBudgets}</p>
          ) : (
            <ul className="versions">
              {data.map(({ id, scope, subject, period, limits, current: { spent } }) => (
                <li key={id}>
                  <strong>{subject ?? scope}</strong> <span className="soft">{period}</span>
                  {bars({ limits, spent }).map(({ name, used, most }) => (
                    <label key={name} className="bar-line">
                      <span>
                        {name}: {used} {words.of} {most}
                      </span>
                      <meter min={0} max={most} high={most * 0.8} value={used} />
                    </label>
                  ))}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

interface Holding {
  limits: { max_tokens?: number; max_cost_usd?: number; max_steps?: number; max_seconds?: number }
  spent: { tokens: number; cost_usd: number; steps: number; seconds: number }
}

/** One for each limit that there is. */
const bars = ({ limits, spent }: Holding) =>
  [
    { name: 'tokens', used: spent.tokens, most: limits.max_tokens },
    { name: '$', used: Number(spent.cost_usd.toFixed(4)), most: limits.max_cost_usd },
    { name: 'steps', used: spent.steps, most: limits.max_steps },
    { name: 's', used: Math.round(spent.seconds), most: limits.max_seconds },
  ].flatMap(({ most, ...bar }) => (most === undefined ? [] : [{ ...bar, most }]))
