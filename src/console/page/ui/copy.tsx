import { useState } from 'react'
import { commonWords } from '../words/everywhere.ts'
import { useWords } from '../words/language.ts'
import { Button } from './button.tsx'

interface Props {
  text: string
  /** What the button says; default: that it copies. */
  label?: string
}

/** Over plain http a browser has no clipboard: then there is no button that would do nothing. */
export function Copy({ text, label }: Props) {
  const words = useWords(commonWords)
  const [copied, setCopied] = useState<string | null>(null)
  const clipboard: Clipboard | undefined = navigator.clipboard
  if (!clipboard) return null
  const copy = () => void clipboard.writeText(text).then(() => setCopied(text))
  return <Button onPress={copy}>{copied === text ? words.copied : (label ?? words.copy)}</Button>
}
