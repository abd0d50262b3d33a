import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The folder that holds all of `programs`: the one on PATH, else the newest among `places`.
 * `places` are absolute and may hold `*`.
 */
export const findPrograms = (
  programs: readonly [string, ...string[]],
  places: readonly string[],
): string | undefined => {
  const onPath = Bun.which(programs[0])
  const folders = [...(onPath ? [dirname(onPath)] : []), ...places.flatMap(newestFirst)]
  return folders.find(folder => programs.every(program => existsSync(join(folder, program))))
}

const newestFirst = (place: string): string[] =>
  [...new Bun.Glob(place.slice(1)).scanSync({ cwd: '/', onlyFiles: false, absolute: true, followSymlinks: true })].sort(
    (a, b) => b.localeCompare(a, 'en', { numeric: true }),
  )
