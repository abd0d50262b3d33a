// Keys as they look at the usual providers and here, bearer tokens, and passwords in URLs.
const secrets: [RegExp, string][] = [
  [/\b(bh_|sk-|sk_|pk_|rk_|ghp_|xox[abp]-|whsec_)[\w-]{8,}/g, '$1***'],
  [/(bearer\s+)[\w.~+/-]{8,}=*/gi, '$1***'],
  [/(\/\/[^\s:/@]+:)[^\s@/]+@/g, '$1***@'],
  [/((?:api[-_]?key|password|secret|token)["']?\s*[:=]\s*["']?)[^\s"'&,;]{6,}/gi, '$1***'],
]

/** Text with everything that looks like a key or password made unreadable. */
export const hideSecrets = (text: string): string =>
  secrets.reduce((cleaned, [pattern, replacement]) => cleaned.replace(pattern, replacement), text)
