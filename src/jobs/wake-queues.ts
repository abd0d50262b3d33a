import type { AppContext } from '../context.ts'

/** Tells the workers of these queues, here and in other processes, that something has changed for them. */
export function wakeQueues({ workers, notifier }: Pick<AppContext, 'workers' | 'notifier'>, queues: Iterable<string>) {
  for (const queue of queues) {
    workers.get(queue)?.wake()
    notifier.publish('queue', queue)
  }
}
