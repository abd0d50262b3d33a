import { connectRedis } from './redis-client.ts'
import type { HintTransport } from './shared-notifier.ts'

const channel = 'bunkhouse:hints'

/** Redis publish and subscribe; a subscription needs a connection of its own. */
export function redisHints(url: string, onError: (error: unknown) => void): HintTransport {
  const publisher = connectRedis(url, onError)
  const subscriber = connectRedis(url, onError)
  return {
    name: 'redis',
    send: async text => {
      await publisher.publish(channel, text)
    },
    listen: async receive => {
      subscriber.on('message', (_channel, text) => receive(text))
      const subscribe = () => subscriber.subscribe(channel).catch(onError)
      // At each connect: Redis may be away now and come later. The client renews what it had subscribed by itself.
      subscriber.on('ready', subscribe)
      if (subscriber.status === 'ready') await subscribe()
    },
    close: async () => {
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
