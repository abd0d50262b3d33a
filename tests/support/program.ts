import { join } from 'node:path'

/** The program, called as `bun run start` calls it: from the bundle of the sources, which takes half the work to load. */
export const program = [process.execPath, join(import.meta.dir, '../../scripts/serve.ts')]
