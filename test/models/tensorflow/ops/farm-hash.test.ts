import { expect, test } from 'vitest'
import { fingerprint64, hash64, sipHash } from '../../../../src/models/tensorflow/ops/farm-hash.ts'

test('the fingerprint of nothing is the constant of FarmHash, and lengths around its cases differ', () => {
  expect(fingerprint64('')).toBe(0x9ae16a3b2f90404fn)
  const lengths = [1, 3, 4, 7, 8, 16, 17, 32, 33, 64, 65, 128, 129, 200]
  expect(new Set(lengths.map((n) => fingerprint64('x'.repeat(n)))).size).toBe(lengths.length)
})

test('SipHash gives the value of its authors for the bytes 0 to 14 under the key 0 to 15', () => {
  const bytes = String.fromCharCode(...Array.from({ length: 15 }, (_, i) => i))
  expect(sipHash(bytes, [0x0706050403020100n, 0x0f0e0d0c0b0a0908n])).toBe(0xa129ca6149be45e5n)
})

test('the older hash tells texts apart that end in zero bytes', () => {
  expect(hash64('a')).not.toBe(hash64('a\0'))
})

/** Buckets of the three hashes of TensorFlow 2.21, of 2^63 - 1 (`tf.strings.to_hash_bucket_fast`, `to_hash_bucket`, `to_hash_bucket_strong` with key 1, 2). */
const cases: readonly (readonly [length: number, fast: bigint, older: bigint, strong: bigint])[] = [
  [1, 2572224033622389015n, 5795986006276551370n, 2697063185742112377n],
  [3, 8616829697634552300n, 6517732262535356100n, 7885854561842344800n],
  [4, 5229200165339728586n, 4870042000539596087n, 87961009530322355n],
  [7, 2326968938742419854n, 1580770299011232066n, 8864920242409016508n],
  [8, 7720167183436786458n, 304246321847261911n, 8217499617651072943n],
  [11, 7199424915499426373n, 1975294204930413540n, 202529344301919836n],
  [16, 3820547438670371201n, 8655769968299229245n, 1487530731410875851n],
  [17, 7101473748566771144n, 944140395391506181n, 8944639154895167715n],
  [24, 6720426203210180865n, 4968917468785025705n, 3064919969137866593n],
  [32, 127699506250089056n, 2436841011459473657n, 5168885186819998624n],
  [33, 4191899277645623091n, 2156353591887884784n, 2867875037904210880n],
  [50, 5758033857485465631n, 1500538522874426666n, 6673188884978251764n],
  [64, 2544848233693181161n, 6392520451226278364n, 7292871700186234334n],
  [65, 8179483852271218337n, 5533622557932266772n, 1114597328018250854n],
  [100, 510024279321814723n, 578397174847239648n, 4619401186992075081n],
  [127, 558306264808904778n, 3197253705843056631n, 7330928935978010564n],
  [128, 7808010523399645295n, 495788342112121427n, 7866610060605912728n],
  [129, 2174161576895394259n, 3039837372162443136n, 4075754030950038398n],
  [192, 8958948681808076809n, 4988013907265191495n, 6414228688495334504n],
  [200, 3666315064520934872n, 373710824475041281n, 8953600729598197608n],
  [300, 4651336990211610108n, 2480232952285916958n, 6517176964308037014n],
]

test.each(cases)('texts of %i bytes have the hashes that TensorFlow gives them', (length, fast, older, strong) => {
  const text = Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * 7 + length) % 26))).join('')
  const buckets = 2n ** 63n - 1n
  expect(fingerprint64(text) % buckets).toBe(fast)
  expect(hash64(text) % buckets).toBe(older)
  expect(sipHash(text, [1n, 2n]) % buckets).toBe(strong)
})
