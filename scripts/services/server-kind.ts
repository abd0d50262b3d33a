/** What differs between the servers that tests and benches can ask for. */
export interface ServerKind {
  name: string
  /** The variable that names a running server to use instead. */
  variable: string
  exampleUrl: string
  /** How to get it, by kind of machine. */
  advice: Readonly<Record<string, string>>
  debianPackages: readonly string[]
  docker: { image: string; port: number; env: readonly string[] }
  /** Flags for the server program, in Docker too. */
  flags(durable: boolean): readonly string[]
  /** Folder of the installed programs. */
  find(): string | undefined
  /** A shell line that runs the server on 127.0.0.1; it finds `$programs`, `$folder`, `$port` and `$flags`. */
  run: string
  /** A shell line that ends it at once; it finds `$server`, the process id. */
  stop: string
  url(port: number): string
  /** Rejects when no server answers at `url`. */
  ping(url: string): Promise<void>
}
