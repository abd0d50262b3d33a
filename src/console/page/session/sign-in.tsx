import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { Button } from '../ui/button.tsx'
import { ErrorBox } from '../ui/error-box.tsx'
import { Field } from '../ui/field.tsx'
import { useWords } from '../words/language.ts'
import { type Session, signIn } from './session.ts'
import { signInWords } from './words.ts'

interface Props {
  /** Why it is shown: a session that has ended, a link that was used. */
  why: ApiError | 'ended' | null
  onSession: (session: Session) => void
}

export function SignIn({ why, onSession }: Props) {
  const words = useWords(signInWords)
  const [key, setKey] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | null>(why instanceof ApiError ? why : null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    signIn({ key: key.trim() })
      .then(onSession)
      .catch((failure: unknown) => {
        if (failure instanceof ApiError) setError(failure)
        else throw failure
      })
      .finally(() => setBusy(false))
  }
  return (
    <main className="sign-in">
      <h1>Bunkhouse</h1>
      {why === 'ended' && <p role="status">{words.ended}</p>}
      <form onSubmit={submit}>
        <Field
          label={words.key}
          hint={words.hint}
          type="password"
          autoComplete="current-password"
          value={key}
          onChange={setKey}
          isRequired
          autoFocus
        />
        {error && <ErrorBox error={error} />}
        <Button kind="main" type="submit" isDisabled={isBusy || key.trim() === ''}>
          {words.signIn}
        </Button>
      </form>
    </main>
  )
}
