import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import { Router } from 'wouter'
import { ApiError, onSignedOut } from './api/call.ts'
import { SessionContext } from './session/context.ts'
import { readSession, type Session, signIn, takeSetup } from './session/session.ts'
import { SignIn } from './session/sign-in.tsx'
import { Shell } from './shell/shell.tsx'
import { ErrorBox } from './ui/error-box.tsx'
import { commonWords } from './words/everywhere.ts'
import { useLocale, useWords } from './words/language.ts'

type State =
  | { kind: 'looking' }
  | { kind: 'out'; why: ApiError | 'ended' | null }
  | { kind: 'in'; session: Session }
  | { kind: 'failed'; error: ApiError }

// What fails by itself is tried again; what was refused is not, nor what has taken its whole time. Without a network requests
// fail as well, instead of waiting for one without a word.
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && mayPass(error),
      staleTime: 1_000,
      networkMode: 'always',
      refetchOnReconnect: true,
    },
    mutations: { networkMode: 'always' },
  },
})

const mayPass = (error: Error): boolean =>
  !(error instanceof ApiError && ((error.status >= 400 && error.status < 500) || error.code === 'timeout'))

/** Who is signed in sees the console; whoever is not, the way in. */
export function App() {
  const [state, setState] = useState<State>({ kind: 'looking' })
  const { loading } = useWords(commonWords)
  const look = () => {
    const setup = takeSetup()
    const found = setup === null ? readSession() : signIn({ setup })
    found
      .then(session => setState(session ? { kind: 'in', session } : { kind: 'out', why: null }))
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        setState(setup === null ? { kind: 'failed', error } : { kind: 'out', why: error })
      })
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, at the start
  useEffect(() => {
    look()
    onSignedOut(() => {
      queries.clear()
      setState({ kind: 'out', why: 'ended' })
    })
  }, [])
  return (
    <I18nProvider locale={useLocale()}>
      {state.kind === 'looking' && (
        <p className="loading" role="status">
          {loading}
        </p>
      )}
      {state.kind === 'failed' && <ErrorBox error={state.error} onRetry={look} />}
      {state.kind === 'out' && <SignIn why={state.why} onSession={session => setState({ kind: 'in', session })} />}
      {state.kind === 'in' && (
        <QueryClientProvider client={queries}>
          <SessionContext value={state.session}>
            <Router base="/console">
              <Shell
                onSignedOut={() => {
                  queries.clear()
                  setState({ kind: 'out', why: null })
                }}
              />
            </Router>
          </SessionContext>
        </QueryClientProvider>
      )}
    </I18nProvider>
  )
}
