import { useApi } from '../../api/use-api.ts'

/** How many wait, beside the page's name. */
export function ApprovalCount() {
  const { data } = useApi('countApprovals', { query: { state: 'pending' } }, { every: 5_000 })
  return data && data.count > 0 ? <span className="count"> {data.count}</span> : null
}
