import type { Socket } from 'node:net'

/** Where a request says what it is: int32 size, int16 api key, …, of which the library writes everything but the body. */
const API_KEY_AT = 4

interface Body {
  readonly key: number
  readonly parts: readonly Buffer[]
}

/**
 * Bodies that follow on the headers that the library writes. It takes a request as one buffer, so that a body of a megabyte becomes
 * a megabyte of fresh memory each time, and the garbage collector runs all the time. Here the library writes the header alone, and
 * its `write` to the socket is where the body joins it, with the size put right.
 */
export class RequestBodies {
  readonly #bodies: Body[] = []

  /** The body of the next request with this key; in the order of the requests. */
  add(key: number, parts: readonly Buffer[]): void {
    this.#bodies.push({ key, parts })
  }

  /** From now on joins bodies to the headers that are written to the socket. */
  attach(socket: Pick<Socket, 'write' | 'cork' | 'uncork'>): void {
    const write = socket.write.bind(socket) as (bytes: Uint8Array | string) => boolean
    const join = (header: Uint8Array | string) => {
      const body = this.#bodies[0]
      if (body === undefined || !Buffer.isBuffer(header) || header.readInt16BE(API_KEY_AT) !== body.key) {
        return write(header)
      }
      this.#bodies.shift()
      const size = body.parts.reduce((sum, part) => sum + part.length, 0)
      header.writeInt32BE(header.readInt32BE(0) + size, 0)
      socket.cork()
      let canWrite = write(header)
      for (const part of body.parts) canWrite = write(part)
      socket.uncork()
      return canWrite
    }
    socket.write = join as Socket['write']
  }
}
