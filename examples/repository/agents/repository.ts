import { resolve } from 'node:path'
import { defineAgent } from 'bunkhouse'
import { model } from '../../model.ts'

const root = resolve(import.meta.dir, '../../..')

export default defineAgent({
  name: 'repository',
  model,
  instructions: `You answer questions about the repository in ${root}. Read what you need before you answer, briefly.`,
  mcp: [
    {
      name: 'files',
      // Of yours: npx -y @modelcontextprotocol/server-filesystem FOLDER
      command: process.execPath,
      args: [resolve(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'), root],
      // It may look around, and nothing else.
      tools: ['list_directory', 'read_text_file', 'search_files'],
    },
  ],
})
