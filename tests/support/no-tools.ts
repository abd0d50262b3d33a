import type { ToolLoader } from '../../src/tools/load-tool-record.ts'

/** Of a service whose agents have no tools but those of files. */
export const noTools: ToolLoader = { builtins: async () => new Map(), load: async () => null }
