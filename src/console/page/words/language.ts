import { useSyncExternalStore } from 'react'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

const place = 'bunkhouse.language'
const listeners = new Set<() => void>()

const isLanguage = (text: string | null): text is Language => languages.some(language => language === text)

/** The one that was chosen, else the browser's, else English. */
function current(): Language {
  const chosen = localStorage.getItem(place)
  if (isLanguage(chosen)) return chosen
  return navigator.language.startsWith('zh') ? 'zh' : 'en'
}

export function setLanguage(language: Language): void {
  localStorage.setItem(place, language)
  apply()
  for (const listener of listeners) listener()
}

export const apply = (): void => {
  document.documentElement.lang = current() === 'zh' ? 'zh-CN' : 'en'
}

export const useLanguage = (): Language =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current(),
  )

/** The words of a page in both languages, and with the same names. */
export type Words<W> = { readonly en: W; readonly zh: W }

export const useWords = <W>(words: Words<W>): W => words[useLanguage()]

/** How dates and numbers are written. */
export const useLocale = (): string =>
  useLanguage() === 'zh' ? 'zh-CN' : (navigator.languages.find(each => each.startsWith('en')) ?? 'en')
