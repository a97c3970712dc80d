import { connect, type Socket } from 'node:net'

/** A bare connection to a server, for what HTTP clients do not send. */
export class Connection {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #received = ''
  #wakes: (() => void)[] = []

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.on('data', (data) => {
      this.#received += data.toString('latin1')
      this.#wake()
    })
    this.#socket.on('error', () => {})
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    void this.#closed.then(() => this.#wake())
  }

  /** Everything received so far. */
  get received(): string {
    return this.#received
  }

  send(text: string | Buffer): this {
    this.#socket.write(text)
    return this
  }

  /** Sends no more. */
  finish(): this {
    this.#socket.end()
    return this
  }

  /** Goes away without a goodbye. */
  abort(): void {
    this.#socket.resetAndDestroy()
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<string> {
    await this.#closed
    return this.#received
  }

  /** Resolves when what was received fits, or the connection is closed. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received) && !this.#socket.destroyed) {
      await new Promise<void>((resolve) => this.#wakes.push(resolve))
    }
    return this.#received
  }

  #wake(): void {
    const wakes = this.#wakes
    this.#wakes = []
    for (const wake of wakes) wake()
  }
}
