import type { PageFiles } from './build-page.ts'

// Written into the service where it is built (scripts/build.ts, scripts/bundle.ts).
const brought = process.env.BUNKHOUSE_CONSOLE_PAGE

let made: Promise<PageFiles> | undefined

/** The console's files: those that were brought along, or made from their sources by whoever asks first. */
export function pageFiles(): Promise<PageFiles> {
  made ??= brought
    ? Promise.resolve(JSON.parse(brought) as PageFiles) // as buildPage made it
    : import('./build-page.ts').then(({ buildPage }) => buildPage())
  made.catch(() => {
    made = undefined
  })
  return made
}
