/** Postgres keeps no NUL and no half character in text; messages of other services can be of any length. */
export const storableText = (message: string): string => message.replaceAll('\0', '').slice(0, 2_000).toWellFormed()
