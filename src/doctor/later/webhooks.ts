import { connect } from 'node:tls'
import type { Config } from '../../config.ts'
import { openDatabase } from '../../db/open.ts'
import { egressPolicy } from '../../egress/policy.ts'
import { area, type Finding } from '../start/finding.ts'
import { withTimeLimit } from '../start/time-limit.ts'

const report = area('webhooks')
const hostsAtMost = 20
const timeLimitMs = 5_000

/** Whether the receivers of webhooks can be reached from here: their names, rights of way, and TLS. Sends nothing. */
export async function checkWebhooks(config: Config): Promise<Finding[]> {
  const urls = await readUrls(config)
  if (urls === null) return []
  const places = [...new Map(urls.map(url => [new URL(url).host, new URL(url)])).values()]
  if (places.length === 0) return [report.note('none are set up')]
  const policy = egressPolicy(config.egressAllow)
  const looked = places.slice(0, hostsAtMost)
  const rest = places.length - looked.length
  return [
    ...(await Promise.all(looked.map(url => checkReceiver(url, policy)))),
    ...(rest > 0 ? [report.note(`${rest} more hosts were not looked at`)] : []),
  ]
}

/** Null: there is no database yet, or none that knows them. */
async function readUrls({ database: config }: Config): Promise<string[] | null> {
  if (config.dialect === 'sqlite' && !(await Bun.file(config.path).exists())) return null
  const opened = await openDatabase(config, { own: false }).catch(() => null)
  if (!opened) return null
  try {
    const text = `select distinct url from webhooks where state = 'enabled'`
    const rows = await withTimeLimit(opened.database.query<{ url: string }>(text, []), timeLimitMs, 'late')
    return rows.map(({ url }) => url)
  } catch {
    return null
  } finally {
    await withTimeLimit(opened.close(), 1_000, '').catch(() => {})
  }
}

type Policy = ReturnType<typeof egressPolicy>

async function checkReceiver({ protocol, hostname, port, host }: URL, policy: Policy): Promise<Finding> {
  const name = hostname.replace(/^\[(.*)\]$/, '$1')
  let addresses: string[]
  try {
    addresses = await withTimeLimit(policy.resolve(name), timeLimitMs, 'late')
  } catch {
    return report.warn(`${host} has no address`, 'Correct the webhook, or the resolver of this machine.')
  }
  const [address] = addresses.filter(each => policy.allows(name, each))
  if (address === undefined) {
    const text = `${host} is at ${addresses.join(', ')}, which is not public: nothing is sent there`
    return report.warn(text, 'Name it in EGRESS_ALLOW, if that is meant.')
  }
  const secure = protocol === 'https:'
  const to = { address, port: Number(port || (secure ? 443 : 80)), name: secure ? name : null }
  try {
    await withTimeLimit(greet(to), timeLimitMs, `no answer within ${timeLimitMs / 1000} s`)
    return report.ok(`${host} can be reached`)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return report.warn(`${host} cannot be reached: ${reason}`, 'Check its certificate, the network and its firewall.')
  }
}

/** Connects, with TLS where there is a name, and hangs up. */
async function greet({ address, port, name }: { address: string; port: number; name: string | null }): Promise<void> {
  if (name === null) {
    const socket = await Bun.connect({ hostname: address, port, socket: { data: () => {} } })
    socket.end()
    return
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({ host: address, port, servername: name, timeout: timeLimitMs }, resolve)
  socket.on('error', reject)
  try {
    await promise
  } finally {
    socket.destroy()
  }
}
