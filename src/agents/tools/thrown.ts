const longestMessage = 4_000

/** The message of whatever was thrown, without its stack and cut to 4,000 characters. Never throws itself. */
export function thrownMessage(thrown: unknown): string {
  const message = describe(thrown)
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
}

function describe(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name
    if (typeof thrown === 'object' && thrown !== null) return JSON.stringify(thrown) ?? 'an unknown error'
    return String(thrown)
  } catch {
    return 'an unknown error'
  }
}
