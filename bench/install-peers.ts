/** Brings the packages of the folder's bun.lock; does nothing where they are there. */
export async function installPeers(folder: string): Promise<void> {
  const install = Bun.spawn([process.execPath, 'install', '--frozen-lockfile', '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, status] = await Promise.all([install.stdout.text(), install.stderr.text(), install.exited])
  if (status !== 0) throw new Error(`The peers could not be installed.\n${output}${errors}`)
}

/** The packages that take part, with the versions that were installed. */
export async function peerVersions(folder: string): Promise<Record<string, string>> {
  const { dependencies }: { dependencies: Record<string, string> } = await Bun.file(`${folder}/package.json`).json()
  return dependencies
}
