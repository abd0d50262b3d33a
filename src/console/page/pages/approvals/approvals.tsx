import { useState } from 'react'
import { Link } from 'wouter'
import type { Approval } from '../../api/operations.ts'
import { useList } from '../../api/use-api.ts'
import { useMay } from '../../session/context.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorBox } from '../../ui/error-box.tsx'
import { Choice } from '../../ui/field.tsx'
import { Json } from '../../ui/json.tsx'
import { Card, Facts, Page } from '../../ui/page.tsx'
import { Status } from '../../ui/status.tsx'
import { Time } from '../../ui/time.tsx'
import { commonWords } from '../../words/everywhere.ts'
import { useWords } from '../../words/language.ts'
import { Decide } from './decide.tsx'
import { approvalWords } from './words.ts'

const states = ['pending', 'resolved', 'expired'] as const

export default function Approvals() {
  const words = useWords(approvalWords)
  const { loading, more } = useWords(commonWords)
  const [state, setState] = useState<(typeof states)[number]>('pending')
  const { rows, error, isPending, refetch, hasNextPage, fetchNextPage } = useList(
    'listApprovals',
    { query: { state, limit: 50 } },
    { every: 3_000 },
  )
  return (
    <Page title={words.title}>
      <div className="filters">
        <Choice
          label={words.state}
          value={state}
          options={states.map(each => [each, words[each]] as const)}
          onChange={setState}
        />
      </div>
      {error && <ErrorBox error={error} onRetry={() => void refetch()} />}
      {isPending && <p role="status">{loading}</p>}
      {!isPending && rows.length === 0 && <div className="empty">{words.empty}</div>}
      <div className="inbox" aria-live="polite">
        {rows.map(approval => (
          <One key={approval.id} approval={approval} />
        ))}
      </div>
      {hasNextPage && <Button onPress={() => void fetchNextPage()}>{more}</Button>}
    </Page>
  )
}

function One({ approval }: { approval: Approval }) {
  const words = useWords(approvalWords)
  const mayDecide = useMay('approvals:write')
  const { run_id, agent, tool, message, input, state, expires_at, on_deadline, resolved_by, decision, created_at } =
    approval
  return (
    <Card title={message}>
      <Facts
        of={[
          [words.state, <Status key="state" state={state} />],
          [
            words.run,
            <Link key="run" href={`/runs/${run_id}`}>
              {agent} · <Time at={created_at} />
            </Link>,
          ],
          [words.tool, tool],
          ...(expires_at && state === 'pending'
            ? [
                [
                  words.deadline,
                  <span key="deadline">
                    <Time at={expires_at} />, {words.onDeadline} {on_deadline}
                  </span>,
                ] as [string, React.ReactNode],
              ]
            : []),
          ...(resolved_by ? [[words.decided, resolved_by] as [string, string]] : []),
        ]}
      />
      <Json value={input} label={words.input} />
      {decision !== null && <Json value={decision} label={words.decided} />}
      {state === 'pending' && mayDecide && <Decide approval={approval} />}
    </Card>
  )
}
