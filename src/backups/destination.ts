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
  /**
   * Takes over a staged file, its digest first: what has its name is whole. Resolves when it is there to stay.
   * @throws AppError conflict where a file of somebody else's has the name
   */
  keep(staged: string, backup: { name: string; bytes: number; sha256: string }): Promise<void>
  /** Null: there is none that has its digest beside it. */
  has(name: string): Promise<StoredBackup | null>
  /** Whether anything has that name, or that of its digest. */
  isTaken(name: string): Promise<boolean>
  /** Those we have named, the newest first. */
  list(): Promise<StoredBackup[]>
  /** Its bytes. @throws AppError not_found */
  read(name: string): Promise<ReadableStream<Uint8Array>>
  /** What it is said to be; null where nothing says so. */
  digestOf(name: string): Promise<string | null>
  /** The file, then its digest. Where neither is there it is done. */
  remove(name: string): Promise<void>
  /** Rejects with what stands in the way of writing there. Leaves nothing behind. */
  probe(): Promise<void>
}
