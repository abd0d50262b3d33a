/** How this program is called once more, as a compiled binary or by Bun: to be followed by the command's words. */
export const selfCommand = (): string[] =>
  /^(\/\$bunfs\/|B:[\\/]~BUN[\\/])/.test(Bun.main) ? [process.execPath] : [process.execPath, Bun.main]
