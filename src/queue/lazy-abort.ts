/** An abort controller that is made only for those who ask for its signal: most jobs are done before anybody does. */
export class LazyAbort {
  #controller: AbortController | undefined
  #reason: Error | undefined

  /** Why; undefined until it is aborted. The first reason stands. */
  get reason(): Error | undefined {
    return this.#reason
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: Error): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
