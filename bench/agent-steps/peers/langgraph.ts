// LangGraph's own server for JavaScript, which keeps runs in memory and writes them to files now and then: PORT FOLDER
import { join } from 'node:path'
import { startServer } from '@langchain/langgraph-api/server'

const [port = '', folder = ''] = process.argv.slice(2)
const graph = join(import.meta.dirname, 'langgraph-agent.ts')
await startServer({
  port: Number(port),
  host: '127.0.0.1',
  // As many runs at once as there are clients.
  nWorkers: 64,
  cwd: folder,
  graphs: { steps: `${graph}:graph` },
})
