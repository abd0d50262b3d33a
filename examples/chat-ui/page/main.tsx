import { generateId } from 'ai'
import { useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { Chat } from './chat.tsx'

/** The chat is named in the address, so that a reload, a bookmark or another tab comes back to it. */
const currentId = (): string => location.hash.slice(1)
const onChange = (changed: () => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

function App() {
  const id = useSyncExternalStore(onChange, currentId)
  return <Chat key={id} id={id} begin={() => location.assign(`#${generateId()}`)} />
}

if (currentId() === '') history.replaceState(null, '', `#${generateId()}`)
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
