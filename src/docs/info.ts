/** The integrator's introduction, above the operations. Markdown. */
const description = `
Every path but \`/health\`, \`/ready\` and these pages needs a key: \`Authorization: Bearer <key>\` or \`x-api-key: <key>\`.
A key has scopes; each operation names the one it needs, and \`admin\` stands for all.

**Errors** are \`application/problem+json\`. Switch on \`code\`: the set is closed. \`request_id\`, also the header
\`x-request-id\` of every answer, is what the log is searched by; send that header to choose the id yourself.

**Lists** come a page at a time: take \`next_cursor\` as the next page's \`cursor\` while \`has_more\` is true.

**Retrying** a request that makes a run is safe with the header \`idempotency-key\`: the same key and body give the same run.

**Streams** are server-sent events: \`id\` is the event's number, \`event\` its type, \`data\` JSON. A comment comes every 5
seconds, and the event that ends the run ends the stream. After a cut, go on with \`GET /v1/runs/{id}/stream\` and the last
number in \`Last-Event-ID\` or \`after\`: nothing is lost or sent twice.

Names are snake_case, times are ISO 8601 in UTC, ids are prefixed and sort by time. Unknown fields are refused.
`.trim()

/** What is the same whatever the routes are. `summary` fits one line: the page has it in its head. */
export const describeApi = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'Bunkhouse',
    summary: 'Durable runs of AI agents: create, wait, stream, read and cancel them.',
    description,
    version,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'The service this document comes from.' }],
  tags: [
    { name: 'Chat', description: 'One message in, one answer out.' },
    {
      name: 'Runs',
      description:
        'One run is one execution of an agent. It is on disk before it is answered for, survives crashes, and keeps a log of events that can be followed from any point.',
    },
    {
      name: 'Threads',
      description: 'Conversations that go on: a run on a thread reads its messages and adds to them.',
    },
    { name: 'Agents', description: 'Definitions with versions. A run keeps the version it was made with.' },
    {
      name: 'OpenAI',
      description: 'Agents for the clients that speak with OpenAI: Chat Completions, Responses and models.',
    },
    { name: 'AI SDK', description: 'Agents for `useChat` and the other clients of the AI SDK’s UI message streams.' },
    { name: 'MCP', description: 'Agents as tools, and runs as resources, for clients of the Model Context Protocol.' },
    { name: 'Approvals', description: 'Tool calls that wait for a person, over all runs: an inbox.' },
    { name: 'Secrets', description: 'What HTTP tools are given by name, and nobody is shown.' },
    { name: 'Tools', description: 'Tools made of the documents of other services, to be put into agents.' },
    {
      name: 'Store',
      description: 'What is remembered beyond a conversation: values by namespace and key, and a search.',
    },
    { name: 'Files', description: 'Images, documents and texts that messages have attached.' },
    { name: 'Budgets', description: 'Ceilings in tokens, money, model calls and time that runs keep to together.' },
    { name: 'Usage', description: 'What runs took, by day, agent, model and key.' },
    { name: 'Schedules', description: 'Rules that start runs by themselves, and a tick for hosts that sleep.' },
    {
      name: 'Webhooks',
      description:
        'Addresses that are told, signed, what becomes of runs and schedules; every delivery with its attempts.',
    },
    {
      name: 'Jobs',
      description:
        'Work of your own on the queue, by kinds from job files: retried, limited, in order, one after others.',
    },
    {
      name: 'Queues',
      description: 'The lanes that jobs wait in: how full they are, their limits and pauses. They are the operator’s.',
    },
    { name: 'Keys', description: 'Who may use the service: by scopes, agents, end and rate limit.' },
    { name: 'Tenants', description: 'Others who have agents, runs and keys of their own. They are the operator’s.' },
    { name: 'Audit', description: 'Who did what: append-only, and provably so.' },
    { name: 'Backups', description: 'Copies of the whole database. They are the operator’s.' },
    { name: 'Operations', description: 'For whoever keeps the service running.' },
  ],
  security: [{ bearer: [] }, { apiKey: [] }],
  components: {
    securitySchemes: {
      bearer: { type: 'http' as const, scheme: 'bearer', description: 'A key, as `Authorization: Bearer <key>`.' },
      apiKey: { type: 'apiKey' as const, in: 'header', name: 'x-api-key', description: 'The same key, in a header.' },
    },
  },
})
