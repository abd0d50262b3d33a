// Chromium for the tests of pages.
import { existsSync } from 'node:fs'
import { aptInstall, canUseApt } from './apt.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const places = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** What to tell where it is missing. */
export const howToGetChromium = `Chromium was not found on this machine, so what needs it is left out.
  Debian: sudo apt-get install --no-install-recommends chromium
  macOS: brew install --cask chromium
  Others: CHROMIUM_PATH=/path/to/a/chromium`

/** What CHROMIUM_PATH names, or what is on this machine, or Debian's package where to install is root's to do. */
export const findChromium = async (): Promise<string | null> => {
  const found = look()
  if (found || !canUseApt()) return found
  await aptInstall(['chromium'])
  return look()
}

const look = (): string | null => {
  const given = process.env.CHROMIUM_PATH
  if (given) return given
  for (const name of names) {
    const onPath = Bun.which(name)
    if (onPath) return onPath
  }
  return places.find(place => existsSync(place)) ?? null
}
