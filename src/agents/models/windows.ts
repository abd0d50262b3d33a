/** Tokens that a model takes in one call, by the beginning of its name; of the providers' own pages, December 2025. */
const windows: readonly (readonly [string, number])[] = [
  ['openai/gpt-5', 272_000],
  ['openai/gpt-4.1', 1_047_576],
  ['openai/gpt-4o', 128_000],
  ['openai/o', 200_000],
  ['anthropic/claude-', 200_000],
  ['deepseek/', 128_000],
]

/** Null where it is not known: it is never guessed. */
export const contextTokens = (model: string): number | null =>
  windows.find(([beginning]) => model.startsWith(beginning))?.[1] ?? null
