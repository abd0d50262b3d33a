import packageJson from '../package.json' with { type: 'json' }

/** `BUNKHOUSE_BUILD_VERSION` is written into the binary when it is built. */
export const version: string = process.env.BUNKHOUSE_BUILD_VERSION ?? packageJson.version
