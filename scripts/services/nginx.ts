// nginx for the test of a deploy behind it.
import { aptInstall, canUseApt } from './apt.ts'
import { findPrograms } from './find-program.ts'

const places = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin']

/** What to tell where it is missing. */
export const howToGetNginx = `nginx was not found on this machine, so what needs it is left out.
  Debian, Ubuntu: sudo apt-get install nginx
  macOS: brew install nginx`

/** Looks on this machine, then installs Debian's package where that is root's to do. Null where there is none. */
export const findNginx = async (): Promise<string | null> => {
  if (look() === null && canUseApt()) await aptInstall(['nginx'])
  return look()
}

const look = (): string | null => {
  const folder = findPrograms(['nginx'], places)
  return folder === undefined ? null : `${folder}/nginx`
}
