/** Writes a text to standard output; resolves when it is out, or when there is no reader any more. */
export type Write = (text: string) => Promise<void>

/**
 * Standard output for what a command answers. A reader that goes away (`| head`) is no failure: nothing more is
 * written, and the command goes on. What agent files print to the console goes to standard error from now on.
 */
export function claimStdout(): Write {
  const toStderr = console.error.bind(console)
  Object.assign(console, { log: toStderr, info: toStderr, debug: toStderr })
  const { stdout } = process
  let open = true
  stdout.on('error', () => {
    open = false
  })
  return text => (open ? new Promise(resolve => stdout.write(text, () => resolve())) : Promise.resolve())
}
