/** Special functions with about 15 digits: Cody's rational approximations of erf, Wichura's AS 241 of the normal quantile. */

const erfA = [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694, 0.18577770618460315]
const erfB = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]
const erfC = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972, 2.1531153547440383e-8,
]
const erfD = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
]
const erfP = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
  0.016315387137302097,
]
const erfQ = [2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918]

const at = (list: readonly number[], i: number): number => list[i] as number

/** Error function. */
export function erf(x: number): number {
  const y = Math.abs(x)
  if (y > 0.46875) return x < 0 ? tail(y) - 1 : 1 - tail(y)
  const square = y > 1.11e-16 ? y * y : 0
  let top = at(erfA, 4) * square
  let bottom = square
  for (let i = 0; i < 3; i++) {
    top = (top + at(erfA, i)) * square
    bottom = (bottom + at(erfB, i)) * square
  }
  return (x * (top + at(erfA, 3))) / (bottom + at(erfB, 3))
}

/** 1 − erf(x), exact in the upper tail too. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - erf(x)
  return x < 0 ? 2 - tail(-x) : tail(x)
}

/** erfc for y > 0.46875. */
function tail(y: number): number {
  if (Number.isNaN(y)) return Number.NaN
  if (y > 26.6) return 0
  let result: number
  if (y <= 4) {
    let top = at(erfC, 8) * y
    let bottom = y
    for (let i = 0; i < 7; i++) {
      top = (top + at(erfC, i)) * y
      bottom = (bottom + at(erfD, i)) * y
    }
    result = (top + at(erfC, 7)) / (bottom + at(erfD, 7))
  } else {
    const inverse = 1 / (y * y)
    let top = at(erfP, 5) * inverse
    let bottom = inverse
    for (let i = 0; i < 4; i++) {
      top = (top + at(erfP, i)) * inverse
      bottom = (bottom + at(erfQ, i)) * inverse
    }
    result = (inverse * (top + at(erfP, 4))) / (bottom + at(erfQ, 4))
    result = (0.5641895835477563 - result) / y
  }
  const rounded = Math.trunc(y * 16) / 16
  const rest = (y - rounded) * (y + rounded)
  return Math.exp(-rounded * rounded) * Math.exp(-rest) * result
}

const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]

/** Natural logarithm of the gamma function for x >= 0.5: Lanczos' approximation with g = 7, about 14 digits. */
export function logGamma(x: number): number {
  const y = x - 1
  let sum = at(lanczos, 0)
  for (let i = 1; i < 9; i++) sum += at(lanczos, i) / (y + i)
  const t = y + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
}

/** Distribution function of the standard normal distribution. */
export function normalCumulative(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2)
}

const a = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
]
const b = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
]
const c = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
]
const d = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const e = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
]
const f = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
]

function ratio(top: readonly number[], bottom: readonly number[], x: number): number {
  let upper = 0
  let lower = 0
  for (let i = 7; i >= 0; i--) {
    upper = upper * x + at(top, i)
    lower = lower * x + at(bottom, i)
  }
  return upper / lower
}

/** Quantile of the standard normal distribution. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(a, b, 0.180625 - q * q)
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  if (r === Number.POSITIVE_INFINITY) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5)
  return q < 0 ? -value : value
}
