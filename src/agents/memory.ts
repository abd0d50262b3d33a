import type { Json } from '../json.ts'

/** Where an agent that says nothing else keeps what it remembers: for all whom it talks to. */
const ownNamespace = 'agents/{agent}'

const place = /\{([a-z_]+(?:\.[A-Za-z0-9_-]+)?)\}/g

export interface Remembering {
  agent: string
  threadId: string | null
  metadata: { readonly [key: string]: Json | undefined }
}

/**
 * The namespace of the store in which a run remembers: its agent's template with `{agent}`, `{thread_id}` and
 * `{metadata.name}` filled in. Null where the run has nothing to fill in.
 */
export function memoryNamespace(template: string | undefined, run: Remembering): string | null {
  let isWhole = true
  const filled = (template ?? ownNamespace).replaceAll(place, (_whole, name: string) => {
    const value = fieldOf(name, run)
    if (value === null || value === '') isWhole = false
    // Nothing that a caller sends leads into another namespace.
    return encodeURIComponent(value ?? '')
      .replaceAll(/[!'()*~]/g, '_')
      .slice(0, 64)
  })
  return isWhole ? filled : null
}

function fieldOf(name: string, { agent, threadId, metadata }: Remembering): string | null {
  if (name === 'agent') return agent
  if (name === 'thread_id') return threadId
  const value = name.startsWith('metadata.') ? metadata[name.slice('metadata.'.length)] : undefined
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** What is wrong with a template; null: nothing. */
export function memoryFault(template: string): string | null {
  for (const [whole, name = ''] of template.matchAll(place)) {
    if (name !== 'agent' && name !== 'thread_id' && !name.startsWith('metadata.'))
      return `${whole} is none of {agent}, {thread_id} and {metadata.…}`
  }
  const labels = template.replaceAll(place, 'x').split('/')
  if (labels.length > 8 || labels.some(label => !/^[A-Za-z0-9_.@:%=+-]{1,64}$/.test(label)))
    return 'it must be one to eight labels with / between them, of letters, digits and _.@:%=+-'
  return null
}
