/** A discrete Fourier transform of one length, computed in 64-bit floats. */
export interface Fourier {
  /** Transforms in place; without the factor 1/length that the inverse has. */
  run(re: Float64Array, im: Float64Array): void
}

/** Plans transforms of `length` numbers; `sign` is -1 forwards, 1 for the inverse. Any length takes time in proportion to n log n. */
export function planFourier(length: number, sign: -1 | 1): Fourier {
  return Number.isInteger(Math.log2(length)) ? planPower(length, sign) : planChirp(length, sign)
}

/** Cooley and Tukey's transform of a length that is a power of two. */
function planPower(length: number, sign: -1 | 1): Fourier {
  const half = length >> 1
  const cos = Float64Array.from({ length: half }, (_, i) => Math.cos((2 * Math.PI * i) / length))
  const sin = Float64Array.from({ length: half }, (_, i) => sign * Math.sin((2 * Math.PI * i) / length))
  const bits = Math.log2(length)
  const places = new Uint32Array(length)
  for (let i = 1; i < length; i++) places[i] = ((places[i >> 1] as number) >> 1) | ((i & 1) << (bits - 1))
  const swap = (values: Float64Array) => {
    for (let i = 0; i < length; i++) {
      const j = places[i] as number
      if (j <= i) continue
      const kept = values[i] as number
      values[i] = values[j] as number
      values[j] = kept
    }
  }
  return {
    run(re, im) {
      swap(re)
      swap(im)
      for (let size = 2; size <= length; size *= 2) {
        const step = length / size
        const middle = size / 2
        for (let start = 0; start < length; start += size)
          for (let i = 0; i < middle; i++) {
            const [a, b] = [start + i, start + i + middle]
            const [c, s] = [cos[i * step] as number, sin[i * step] as number]
            const x = (re[b] as number) * c - (im[b] as number) * s
            const y = (re[b] as number) * s + (im[b] as number) * c
            re[b] = (re[a] as number) - x
            im[b] = (im[a] as number) - y
            re[a] = (re[a] as number) + x
            im[a] = (im[a] as number) + y
          }
      }
    },
  }
}

/** Bluestein's transform: any length as a convolution, of a length that is a power of two. */
function planChirp(length: number, sign: -1 | 1): Fourier {
  const size = 2 ** Math.ceil(Math.log2(2 * length - 1))
  const [forward, backward] = [planPower(size, -1), planPower(size, 1)]
  // Squares are taken modulo 2n, which leaves the angle and keeps its precision.
  const angle = (i: number) => (Math.PI * ((i * i) % (2 * length))) / length
  const cos = Float64Array.from({ length }, (_, i) => Math.cos(angle(i)))
  const sin = Float64Array.from({ length }, (_, i) => sign * Math.sin(angle(i)))
  const [chirpRe, chirpIm] = [new Float64Array(size), new Float64Array(size)]
  for (let i = 0; i < length; i++)
    for (const at of i === 0 ? [0] : [i, size - i]) {
      chirpRe[at] = cos[i] as number
      chirpIm[at] = -(sin[i] as number)
    }
  forward.run(chirpRe, chirpIm)
  const [a, b] = [new Float64Array(size), new Float64Array(size)]
  return {
    run(re, im) {
      a.fill(0)
      b.fill(0)
      for (let i = 0; i < length; i++) {
        const [c, s] = [cos[i] as number, sin[i] as number]
        a[i] = (re[i] as number) * c - (im[i] as number) * s
        b[i] = (re[i] as number) * s + (im[i] as number) * c
      }
      forward.run(a, b)
      for (let i = 0; i < size; i++) {
        const [x, y] = [a[i] as number, b[i] as number]
        a[i] = x * (chirpRe[i] as number) - y * (chirpIm[i] as number)
        b[i] = x * (chirpIm[i] as number) + y * (chirpRe[i] as number)
      }
      backward.run(a, b)
      for (let i = 0; i < length; i++) {
        const [c, s] = [(cos[i] as number) / size, (sin[i] as number) / size]
        re[i] = (a[i] as number) * c - (b[i] as number) * s
        im[i] = (a[i] as number) * s + (b[i] as number) * c
      }
    },
  }
}
