export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const place = 'bunkhouse.theme'

export function currentTheme(): Theme {
  const chosen = localStorage.getItem(place)
  return themes.find(theme => theme === chosen) ?? 'system'
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(place, theme)
  applyTheme()
}

/** The style sheet does the rest. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme()
}
