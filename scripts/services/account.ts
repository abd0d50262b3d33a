export interface Account {
  uid: number
  gid: number
}

const idOf = (flag: '-u' | '-g', name: string): number | undefined => {
  const id = Bun.spawnSync(['id', flag, name], { stderr: 'ignore' })
  return id.success ? Number(id.stdout.toString()) : undefined
}

/** Postgres refuses to run as root, so a server that root starts runs as `postgres`, or as `nobody`. */
export const unprivilegedAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error('Root cannot run Postgres, and this machine has neither a user postgres nor nobody to run it.')
}
