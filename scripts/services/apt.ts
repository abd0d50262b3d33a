import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Installing is root's to do, and ours only on Debian and its kin. */
export const canUseApt = (): boolean =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && Bun.which('apt-get') !== null

/** Says so where it fails, and leaves it to the caller to look for another way. */
export const aptInstall = async (packages: readonly string[]): Promise<void> => {
  console.error(`Installing ${packages.join(' and ')} with apt-get …`)
  const apt = Bun.spawn([fileURLToPath(new URL('./apt-install', import.meta.url)), ...packages], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, status] = await Promise.all([apt.stdout.text(), apt.stderr.text(), apt.exited])
  if (status !== 0) console.error(`${output}${errors}apt-get failed; looking for another way.`)
}
