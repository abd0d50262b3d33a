import { useEffect, useState } from 'react'
import {
  Autocomplete,
  Dialog,
  Heading,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components'
import { useLocation } from 'wouter'
import { useSession } from '../session/context.ts'
import { may } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { useWords } from '../words/language.ts'
import { pages } from './pages.ts'
import { shellWords } from './words.ts'

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Everything by the keyboard: Ctrl+K or `/` finds, `g` and a letter goes, `?` tells. */
export function Palette({ onSignOut }: { onSignOut: () => void }) {
  const words = useWords(shellWords)
  const session = useSession()
  const [, go] = useLocation()
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null)
  const { contains } = useFilter({ sensitivity: 'base' })
  const listed = pages.filter(({ scope }) => may(session, scope))

  useEffect(() => {
    let isGoing = false
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      const wasGoing = isGoing
      isGoing = false
      if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') {
        event.preventDefault()
        setOpen('palette')
        return
      }
      if (ctrlKey || metaKey || altKey || isTyping(target)) return
      const page = wasGoing ? listed.find(({ letter }) => letter === key) : undefined
      if (page) go(page.path)
      else if (key === 'g') isGoing = true
      else if (key === '?') setOpen('shortcuts')
      else if (key === '/') {
        event.preventDefault()
        setOpen('palette')
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [go, listed])

  const choose = (id: string) => {
    setOpen(id === 'shortcuts' ? 'shortcuts' : null)
    const page = listed.find(({ name }) => name === id)
    if (page) go(page.path)
    if (id === 'sign-out') onSignOut()
  }
  const items = [
    ...listed.map(({ name }) => ({ id: name as string, text: words.pages[name] })),
    { id: 'shortcuts', text: words.shortcuts },
    { id: 'sign-out', text: words.signOut },
  ]
  return (
    <>
      <Button kind="quiet" onPress={() => setOpen('palette')}>
        {words.palette} <kbd>Ctrl K</kbd>
      </Button>
      <ModalOverlay
        className="overlay"
        isDismissable
        isOpen={open === 'palette'}
        onOpenChange={isOpen => setOpen(isOpen ? 'palette' : null)}
      >
        <Modal className="modal palette">
          <Dialog aria-label={words.palette} className="dialog">
            <Autocomplete filter={contains}>
              <SearchField autoFocus className="field">
                <Label>{words.paletteHint}</Label>
                <Input />
              </SearchField>
              <ListBox
                aria-label={words.palette}
                className="list"
                items={items}
                onAction={key => choose(String(key))}
                renderEmptyState={() => <p className="soft">{words.nothing}</p>}
              >
                {({ id, text }) => (
                  <ListBoxItem id={id} textValue={text} className="list-item">
                    {text}
                  </ListBoxItem>
                )}
              </ListBox>
            </Autocomplete>
          </Dialog>
        </Modal>
      </ModalOverlay>
      <ModalOverlay
        className="overlay"
        isDismissable
        isOpen={open === 'shortcuts'}
        onOpenChange={isOpen => setOpen(isOpen ? 'shortcuts' : null)}
      >
        <Modal className="modal">
          <Dialog className="dialog">
            <Heading slot="title">{words.shortcuts}</Heading>
            <dl className="facts">
              <div>
                <dt>
                  <kbd>Ctrl K</kbd> <kbd>/</kbd>
                </dt>
                <dd>{words.shortcutPalette}</dd>
              </div>
              <div>
                <dt>
                  <kbd>?</kbd>
                </dt>
                <dd>{words.shortcutHelp}</dd>
              </div>
              {listed.map(({ name, letter }) => (
                <div key={name}>
                  <dt>
                    <kbd>g</kbd> <kbd>{letter}</kbd>
                  </dt>
                  <dd>{words.pages[name]}</dd>
                </div>
              ))}
            </dl>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </>
  )
}
