import { cpus, totalmem } from 'node:os'

/** What the figures were measured on, in one line each. */
export function machine(): string {
  const cores = cpus()
  const memory = Math.round(totalmem() / 1e9)
  return [
    `machine  ${cores.length} cores, ${cores[0]?.model ?? 'unknown processor'}, ${memory} GB`,
    `system   ${process.platform} ${process.arch}${kernel()}`,
    `Bun      ${Bun.version}`,
    `date     ${new Date().toISOString()}`,
  ].join('\n')
}

function kernel(): string {
  const uname = Bun.spawnSync(['uname', '-r'])
  return uname.success ? `, kernel ${uname.stdout.toString().trim()}` : ''
}
