export const namedSecret = /KEY|SECRET|PASSWORD|TOKEN|CREDENTIAL/
const headerLists = /_HEADERS$/

/** What of a variable's value must never be shown: all of a key, the password of an address, the values of headers. */
export function secretsIn(name: string, value: string): string[] {
  if (headerLists.test(name)) {
    const values = value.split(',').map(header => decoded(header.slice(header.indexOf('=') + 1)))
    // Of `Bearer <key>` also the key alone.
    return values.flatMap(text => [text, text.slice(text.lastIndexOf(' ') + 1)])
  }
  if (URL.canParse(value)) {
    const { password } = new URL(value)
    if (password !== '') return [password, decoded(password)]
  }
  // Some hold several.
  return namedSecret.test(name) ? [value, ...value.split(',').map(part => part.trim())] : []
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return text.trim()
  }
}
