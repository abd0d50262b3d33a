import { Component, type ReactNode } from 'react'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'
import { Page } from './page.tsx'

interface Props {
  children: ReactNode
}

/** What breaks a page, as a file of it that does not come, leaves the rest of the console where it is. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render(): ReactNode {
    return this.state.error ? <Broken error={this.state.error} /> : this.props.children
  }
}

function Broken({ error }: { error: Error }) {
  const words = useWords(commonWords)
  return (
    <Page title={words.broken}>
      <div className="error-box" role="alert">
        <p>{error.message}</p>
        {/* A file that did not come is not asked for again otherwise; nor does one of before an update come. */}
        <Button onPress={() => location.reload()}>{words.reload}</Button>
      </div>
    </Page>
  )
}
