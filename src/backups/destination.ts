/** A backup where it is kept. */
export interface StoredBackup {
  name: string
  bytes: number
  /** When it was put there, in milliseconds since 1970. */
  madeAt: number
}

/** Where backups are kept. Each is a file with its SHA-256 in a file beside it. */
export interface Destination {
  /** As an operator would write it. */
  readonly place: string
  /** A name on this machine for a copy that is still to be made and checked; nothing stands there. */
  stage(name: string): Promise<string>
  /** Takes over a staged file. Resolves when it is there, whole and to stay. @throws AppError */
  keep(staged: string, backup: { name: string; bytes: number; sha256: string }): Promise<void>
  /** Null: there is none, or its digest is missing, as where somebody was cut off. */
  has(name: string): Promise<StoredBackup | null>
  /** Those we have named, the newest first. */
  list(): Promise<StoredBackup[]>
  /** Its bytes. @throws AppError not_found */
  read(name: string): Promise<ReadableStream<Uint8Array>>
  /** What it is said to be; null where nothing says so. */
  digestOf(name: string): Promise<string | null>
  remove(name: string): Promise<void>
  /** Rejects with what stands in the way of writing there. */
  probe(): Promise<void>
}
