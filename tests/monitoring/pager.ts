import { startDaemon } from './daemon.ts'
import { programs, readAlertmanagerConfig } from './shipped.ts'

/** An alert as Alertmanager hands it to a webhook. */
export interface Page {
  status: 'firing' | 'resolved'
  labels: Record<string, string>
  annotations: Record<string, string>
}

interface Message {
  version: string
  receiver: string
  alerts: Page[]
}

/** Whoever is woken: a webhook, behind a real Alertmanager with the shipped configuration. */
export interface Pager extends AsyncDisposable {
  /** Address of its Alertmanager. */
  alertmanager: string
  /** All that came so far. */
  messages: Message[]
  /** Resolves with the first alert of this name and status, also with one that came before. */
  page(alertname: string, status: Page['status']): Promise<Page>
}

/** @param scaled what a time in the shipped configuration is here */
export async function startPager(scaled: (duration: string) => string): Promise<Pager> {
  const messages: Message[] = []
  let waiting: { fits(page: Page): boolean; resolve(page: Page): void }[] = []
  const webhook = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    development: false,
    async fetch(request) {
      // Safe: only Alertmanager calls, in the form that it documents; the test looks at each field it relies on.
      const message = (await request.json()) as Message
      messages.push(message)
      for (const page of message.alerts) for (const waiter of waiting) if (waiter.fits(page)) waiter.resolve(page)
      waiting = waiting.filter(waiter => !message.alerts.some(waiter.fits))
      return new Response()
    },
  })
  const { route, receivers, ...rest } = await readAlertmanagerConfig()
  const daemon = await startDaemon({
    files: {
      'alertmanager.yml': {
        ...rest,
        route: { ...times(route), routes: route.routes.map(times) },
        receivers: receivers.map(({ webhook_configs, ...receiver }) => ({
          ...receiver,
          webhook_configs: webhook_configs.map(config => ({ ...config, url: webhook.url.href })),
        })),
      },
    },
    command: (address, file) => [
      programs?.alertmanager ?? '',
      `--config.file=${file('alertmanager.yml')}`,
      `--storage.path=${file('data')}`,
      `--web.listen-address=${address}`,
      // Alone: no other one to agree with.
      '--cluster.listen-address=',
    ],
  })
  function times<Route extends object>(route: Route): Route {
    const changed = Object.entries(route).map(([name, value]) => [
      name,
      typeof value === 'string' && /_(wait|interval)$/.test(name) ? scaled(value) : value,
    ])
    return Object.fromEntries(changed)
  }
  return {
    alertmanager: daemon.address,
    messages,
    page(alertname, status) {
      const fits = (page: Page) => page.labels.alertname === alertname && page.status === status
      const known = messages.flatMap(({ alerts }) => alerts).find(fits)
      return known ? Promise.resolve(known) : new Promise(resolve => waiting.push({ fits, resolve }))
    },
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]()
      await webhook.stop(true)
    },
  }
}
