// One of several processes that write entries of the audit log at once; begins when it is told to.
import { audit } from '../../src/audit/audit.ts'
import { openUrl } from './migrated-database.ts'

const [name = '', count = '1'] = process.argv.slice(2)
const { database, close } = await openUrl(process.env.DATABASE_URL ?? '')
const actor = { tenantId: 'default', keyId: `key_${name}` }
console.log('ready')
for await (const _ of console) break
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    database.transaction(async tx => {
      const target = { type: 'agent', id: `${name}-${index}` }
      await audit(tx, actor, { action: 'agent.saved', target }, Date.now())
      // Some are undone: they leave no hole.
      if (index % 5 === 4) throw new Error('undone')
    }),
  ).map(write => write.catch(() => {})),
)
await close()
