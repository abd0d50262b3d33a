// Keys as they look at the usual providers and here, bearer tokens, and passwords in URLs.
const patterns: [RegExp, string][] = [
  [/\b(bhs?_|sk-|[spr]k_|gsk_|hf_|xai-|AIza|github_pat_|gh[opsur]_|xox[abp]-)[\w-]{8,}/g, '$1***'],
  [/\b(whsec_)[\w+/=-]{8,}/g, '$1***'],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?/g, 'eyJ***'],
  [/((?:bearer|basic)\s+)[\w.~+/-]{8,}=*/gi, '$1***'],
  [/(\/\/[^\s:/@]*:)[^\s/"\\]+@/g, '$1***@'],
  // Also within JSON that is quoted in JSON.
  [/((?:api[-_]?key|password|secret|token)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'&,;\\]{6,}/gi, '$1***'],
]

/** Shorter ones are words: hiding them would only make the rest unreadable. */
const shortestSecret = 12

/** Text with everything that looks like a key or password made unreadable. */
export const hideSecrets = (text: string): string =>
  patterns.reduce((cleaned, [pattern, replacement]) => cleaned.replace(pattern, replacement), text)

/** As `hideSecrets`, and the given secrets too, however they look. */
export function secretHider(known: readonly string[]): (text: string) => string {
  const secrets = known.filter(secret => secret.length >= shortestSecret)
  return text => hideSecrets(secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text))
}
