import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { ApiError } from '../api/call.ts'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { ErrorBox } from './error-box.tsx'

interface Props<Data> {
  query: Pick<UseQueryResult<Data, ApiError>, 'data' | 'error' | 'refetch'>
  children: (data: Data) => ReactNode
}

/** What was read, or that it is being read, or why it cannot be. What was read before stays while it is read again. */
export function Loaded<Data>({ query: { data, error, refetch }, children }: Props<Data>) {
  const words = useWords(commonWords)
  return (
    <>
      {error && <ErrorBox error={error} onRetry={() => void refetch()} />}
      {data !== undefined ? children(data) : !error && <p role="status">{words.loading}</p>}
    </>
  )
}
