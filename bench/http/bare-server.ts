// What `GET /health` is compared with: Bun's own server and nothing else, answering the same body.
import { version } from '../../src/version.ts'

const health = { status: 'healthy', version, environment: 'development' }
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => Response.json(health) })
console.log(server.port)
