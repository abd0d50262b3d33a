import { Suspense, useEffect, useState } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { ApprovalCount } from '../pages/approvals/approval-count.tsx'
import { useSession } from '../session/context.ts'
import { may, signOut } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { Choice } from '../ui/field.tsx'
import { Offline } from '../ui/offline.tsx'
import { Page } from '../ui/page.tsx'
import { commonWords } from '../words/everywhere.ts'
import { type Language, setLanguage, useLanguage, useWords } from '../words/language.ts'
import { details, pages } from './pages.ts'
import { Palette } from './palette.tsx'
import { currentTheme, setTheme, type Theme } from './theme.ts'
import { shellWords } from './words.ts'

/** What is around every page: where one can go, and who one is. */
export function Shell({ onSignedOut }: { onSignedOut: () => void }) {
  const words = useWords(shellWords)
  const { loading } = useWords(commonWords)
  const session = useSession()
  const [location] = useLocation()
  const [isOpen, setOpen] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu of a phone closes where one goes
  useEffect(() => setOpen(false), [location])
  const leave = () => void signOut().finally(onSignedOut)
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <header className="bar">
        <Button kind="quiet" aria-expanded={isOpen} onPress={() => setOpen(open => !open)}>
          {words.menu}
        </Button>
        <strong>Bunkhouse</strong>
        <Palette onSignOut={leave} />
      </header>
      <nav className={isOpen ? 'side open' : 'side'} aria-label={words.navigation}>
        <ul>
          {pages
            .filter(({ scope }) => may(session, scope))
            .map(({ name, path }) => (
              <li key={name}>
                <Link href={path} aria-current={isAt(location, path) ? 'page' : undefined}>
                  {words.pages[name]}
                  {name === 'approvals' && <ApprovalCount />}
                </Link>
              </li>
            ))}
        </ul>
        <Preferences />
        <p className="soft who">
          {session.key_name} · {session.tenant_id}
          <br />
          {session.version}
        </p>
        <Button kind="quiet" onPress={leave}>
          {words.signOut}
        </Button>
      </nav>
      <main id="content" tabIndex={-1}>
        <Offline />
        <ErrorBoundary key={location}>
          <Suspense fallback={<p role="status">{loading}</p>}>
            <Switch>
              {[...pages, ...details].map(({ path, page }) => (
                <Route key={path} path={path} component={page} />
              ))}
              <Route>
                <Page title={words.notFound}>
                  <Link href="/">{words.pages.overview}</Link>
                </Page>
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  )
}

const isAt = (location: string, path: string): boolean =>
  path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`)

function Preferences() {
  const words = useWords(shellWords)
  const language = useLanguage()
  const [theme, choose] = useState<Theme>(currentTheme)
  return (
    <div className="preferences">
      <Choice<Language>
        label={words.language}
        value={language}
        options={[
          ['en', 'English'],
          ['zh', '简体中文'],
        ]}
        onChange={setLanguage}
      />
      <Choice<Theme>
        label={words.theme}
        value={theme}
        options={[
          ['system', words.system],
          ['light', words.light],
          ['dark', words.dark],
        ]}
        onChange={chosen => {
          setTheme(chosen)
          choose(chosen)
        }}
      />
    </div>
  )
}
