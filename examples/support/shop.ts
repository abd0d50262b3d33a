/** The shop that the agent asks: somebody else's service, with a token. */
export function openShop(token: string): AsyncDisposable & { url: string } {
  const orders: Record<string, unknown> = {
    '1001': { id: '1001', item: 'a kettle', status: 'shipped', carrier: 'DHL', arrives: 'on Friday' },
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    routes: {
      '/orders/:id': ({ headers, params }) => {
        if (headers.get('authorization') !== `Bearer ${token}`) return new Response('Who are you?', { status: 401 })
        const order = orders[params.id]
        return order ? Response.json({ order }) : Response.json({ message: 'No such order.' }, { status: 404 })
      },
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server.stop(true) }
}
