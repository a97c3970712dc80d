import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { readZip } from '../../src/core/archive.ts'
import { type LoadRequest, type LoadSettings, loadVersion, reloadVersion } from '../../src/engine/load-version.ts'
import type { ModelCommand } from '../../src/engine/model-message.ts'
import { digestOf } from '../../src/state/artifacts.ts'
import { MemoryArtifacts } from '../../src/state/memory/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { denseModel } from '../support/tensorflow-saved-models.ts'
import { command, source } from './fakes.ts'

const model = Buffer.from(source('a'))

function loaderOf(settings: Partial<LoadSettings> = {}) {
  const artifacts = new MemoryArtifacts()
  const all = {
    allowsCode: true,
    maxArtifactBytes: 1_000,
    locations: ['.'],
    baseFolder: '/nowhere',
    features: {},
    ...settings,
  }
  const load = (changes: Partial<ModelCommand>, known: LoadRequest['known'] = null) =>
    loadVersion({ command: command(changes), position: 'models/0@3', known }, all, registry, artifacts)
  return { artifacts, load, settings: all }
}

test('a version by value is stored, and named after its digest when the publisher gave no name', async () => {
  const { artifacts, load, settings } = loaderOf()
  const { reference, prepared } = await load({ data: model, version: '', description: 'first' })
  expect(reference).toEqual({
    key: 'iris',
    model: 'tree',
    version: digestOf(model).slice(0, 12),
    digest: digestOf(model),
    format: 'javascript',
    description: 'first',
    modelPosition: 'models/0@3',
    options: {},
  })
  expect(await artifacts.get(reference.digest)).toEqual(new Uint8Array(model))
  expect(await reloadVersion(reference, settings, registry, artifacts)).toEqual(prepared)
  expect(structuredClone(prepared)).toEqual(prepared)
})

test('a version that is named only is loaded from the store, with what its first message said', async () => {
  const { load } = loaderOf()
  const { reference } = await load({ data: model, description: 'first', options: { language: 'javascript' } })
  const again = await load({ format: '', version: '1' }, reference)
  expect(again.reference).toMatchObject({ digest: reference.digest, description: 'first', options: reference.options })
  const byDigest = await load({ digest: reference.digest, version: '' })
  expect(byDigest.reference.digest).toBe(reference.digest)
})

test('what names a version that was never seen says so', async () => {
  const { load } = loaderOf()
  await expect(load({ version: '9', format: '' })).rejects.toMatchObject({
    code: 'ENGINE_VERSION_UNKNOWN',
    message: 'no version "tree@9" is known for key "iris"',
  })
  await expect(load({ digest: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'ENGINE_ARTIFACT_MISSING' })
})

test('an artifact with another digest is refused and not stored', async () => {
  const { artifacts, load } = loaderOf()
  await expect(load({ data: model, digest: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'ENGINE_DIGEST_DIFFERS' })
  await load({ data: model, digest: digestOf(model) })
  expect(await artifacts.list()).toEqual([digestOf(model)])
})

test('formats and options that are not known are refused by name', async () => {
  const { load } = loaderOf()
  await expect(load({ data: model, format: 'spark' })).rejects.toThrow(/format "spark".*not one of:.*javascript/)
  for (const name of ['speed', 'toString', 'constructor'])
    await expect(load({ data: model, options: { [name]: 1 } })).rejects.toThrow(
      `has no option "${name}"; known: language`,
    )
  await expect(load({ data: model, options: { timeoutMs: 'soon' } })).rejects.toThrow('option "timeoutMs" is "soon"')
  await expect(load({ data: model, options: { timeoutMs: 12n } })).rejects.toMatchObject({
    code: 'ENGINE_MESSAGE_WRONG',
  })
})

test('code is refused unless the operator allows it', async () => {
  const { load } = loaderOf({ allowsCode: false })
  await expect(load({ data: model })).rejects.toMatchObject({ code: 'MODEL_CODE_NOT_ALLOWED' })
})

/** An allowed folder `models` with a model, and a secret beside it. */
function folders() {
  const base = temporaryFolder()
  mkdirSync(join(base, 'models', 'deep'), { recursive: true })
  writeFileSync(join(base, 'models', 'a.js'), model)
  writeFileSync(join(base, 'models', '..b.js'), model)
  writeFileSync(join(base, 'models', 'deep', 'c.js'), model)
  writeFileSync(join(base, 'secret.js'), model)
  return { base, ...loaderOf({ baseFolder: base, locations: ['models'] }) }
}

test('locations inside the allowed folder are read, however they are written', async () => {
  const { base, load } = folders()
  const inside = [
    'models/a.js',
    './models/../models/a.js',
    'models/deep/c.js',
    'models/..b.js',
    'file:models/a.js',
    join(base, 'models/a.js'),
    pathToFileURL(join(base, 'models/a.js')).href,
  ]
  for (const location of inside) expect((await load({ location })).reference.digest).toBe(digestOf(model))
})

test('locations outside are refused, and so are links that lead there', async () => {
  const { base, load } = folders()
  symlinkSync(join(base, 'secret.js'), join(base, 'models', 'link.js'))
  symlinkSync(base, join(base, 'models', 'up'))
  const outside = [
    'secret.js',
    'models/../secret.js',
    'models',
    'models/..',
    '.',
    '/etc/passwd',
    'file:///etc/passwd',
    'models/link.js',
    'models/up/secret.js',
    'models/up/models/../secret.js',
    join(base, 'secret.js'),
  ]
  for (const location of outside) {
    await expect(load({ location }), location).rejects.toMatchObject({
      code: 'ENGINE_LOCATION_REFUSED',
      message: `location "${location}" of model "tree" is outside the allowed locations: models`,
    })
  }
})

test('a link that stays inside is followed, also when the allowed folder is a link itself', async () => {
  const { base } = folders()
  symlinkSync(join(base, 'models', 'a.js'), join(base, 'models', 'alias.js'))
  symlinkSync(join(base, 'models'), join(base, 'current'))
  const { load } = loaderOf({ baseFolder: base, locations: ['current'] })
  expect((await load({ location: 'current/alias.js' })).reference.digest).toBe(digestOf(model))
})

test('no location is allowed where none is listed', async () => {
  const { base } = folders()
  const { load } = loaderOf({ baseFolder: base, locations: [] })
  await expect(load({ location: 'models/a.js' })).rejects.toThrow('outside the allowed locations: none')
})

test('a folder is read as an archive by a format that takes folders', async () => {
  const { base } = folders()
  const { load } = loaderOf({ baseFolder: base, locations: ['models'], maxArtifactBytes: 10_000 })
  const folder = join(base, 'models', 'dense')
  for (const [name, entry] of readZip(denseModel, { maxEntries: 10, maxBytes: 1e6 })) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), entry.read())
  }
  const { reference, prepared } = await load({ location: 'models/dense/', format: 'tensorflow' })
  expect(reference.digest).toBe(digestOf(denseModel))
  expect(prepared.signature.inputs.map(({ name }) => name)).toEqual(['features'])
  symlinkSync(join(base, 'secret.js'), join(folder, 'assets'))
  await expect(load({ location: 'models/dense', format: 'tensorflow' })).rejects.toThrow(
    '"assets" is a link that leads out of the folder',
  )
})

test('a file that is not there, or is a folder, cannot be read', async () => {
  const { load } = folders()
  for (const location of ['models/none.js', 'models/deep'])
    await expect(load({ location })).rejects.toMatchObject({ code: 'ENGINE_LOCATION_UNREADABLE' })
})

test('an artifact above the limit is refused, by value and by location, before it is read', async () => {
  const { base, load } = folders()
  await expect(load({ data: Buffer.alloc(1_001) })).rejects.toMatchObject({ code: 'ENGINE_ARTIFACT_TOO_LARGE' })
  writeFileSync(join(base, 'models', 'large.js'), '')
  truncateSync(join(base, 'models', 'large.js'), 2 ** 40) // a hole: reading it would end the test
  await expect(load({ location: 'models/large.js' })).rejects.toThrow(
    `has ${2 ** 40} bytes, more than the limit of 1000`,
  )
})

async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/models/large.js') response.end(Buffer.alloc(5_000))
    else if (request.url === '/models/moved.js') response.writeHead(302, { location: '/secret.js' }).end()
    else if (request.url?.endsWith('a.js')) response.end(model)
    else if (request.url === '/models/cut.js') response.writeHead(200, { 'content-length': '9' }).destroy()
    else response.writeHead(Number(/\d{3}/.exec(request.url ?? '')?.[0] ?? 404)).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('URLs are read below an allowed prefix only, and are not led elsewhere', async () => {
  const url = await serve()
  const { load } = loaderOf({ locations: [`${url}/models`] })
  expect((await load({ location: `${url}/models/a.js` })).reference.digest).toBe(digestOf(model))
  const outside = ['/a.js', '/models-of-others/a.js', '/models/../a.js', '/models/%2e%2e/a.js']
  for (const path of outside)
    await expect(load({ location: url + path }), path).rejects.toMatchObject({ code: 'ENGINE_LOCATION_REFUSED' })
  await expect(load({ location: `${url.replace('//', '//user@')}/models/a.js` })).rejects.toMatchObject({
    code: 'ENGINE_LOCATION_REFUSED',
  })
  await expect(load({ location: `${url}/models/none.js` })).rejects.toThrow('cannot be read: HTTP status 404')
  await expect(load({ location: `${url}/models/moved.js` })).rejects.toMatchObject({
    code: 'ENGINE_LOCATION_UNREADABLE',
  })
  for (const [name, reason] of [
    ['503', 'HTTP status 503'],
    ['429', 'HTTP status 429'],
    ['cut', ''],
  ] as const) {
    const away = { code: 'ENGINE_LOCATION_AWAY', isRetryable: true, message: expect.stringContaining(reason) }
    await expect(load({ location: `${url}/models/${name}.js` }), name).rejects.toMatchObject(away)
  }
  await expect(load({ location: `${url}/models/large.js` })).rejects.toMatchObject({
    code: 'ENGINE_ARTIFACT_TOO_LARGE',
  })
})

test('a folder does not allow URLs, nor a URL folders', async () => {
  const url = await serve()
  await expect(loaderOf({ locations: ['/'] }).load({ location: `${url}/models/a.js` })).rejects.toMatchObject({
    code: 'ENGINE_LOCATION_REFUSED',
  })
  await expect(loaderOf({ locations: [url] }).load({ location: '/etc/passwd' })).rejects.toMatchObject({
    code: 'ENGINE_LOCATION_REFUSED',
  })
})

test('a version must reproduce the rows of its message', async () => {
  const { artifacts, load } = loaderOf()
  const rows = (...expected: object[]) => expected.map((e, i) => ({ input: { x: i }, expected: e as never }))
  await load({ data: model, verification: rows({ y: 0 }, { y: 1.0000001, made: 'a' }) })
  const wrong = load({ data: Buffer.from(source('b')), verification: rows({ y: 0 }, { y: 2 }) })
  await expect(wrong).rejects.toMatchObject({
    code: 'ENGINE_VERSION_UNVERIFIED',
    message: expect.stringContaining('row 2, output "y" is 1, expected 2'),
  })
  expect(await artifacts.list()).toHaveLength(1)
})

test('rows compare whole numbers of 64 bits by value, and errors are shown', async () => {
  const { load } = loaderOf()
  const big = Buffer.from(
    'export function score(r) { if (r.x < 0) throw new Error("below zero"); return { y: 5n, list: [1n] } }',
  )
  await load({ data: big, verification: [{ input: { x: 1 }, expected: { y: 5, list: [1] } }] })
  await expect(load({ data: big, verification: [{ input: { x: 1 }, expected: { y: 6 } }] })).rejects.toThrow(
    'output "y" is 5, expected 6',
  )
  await expect(load({ data: big, verification: [{ input: { x: -1 }, expected: { y: 5 } }] })).rejects.toThrow(
    'below zero',
  )
  await expect(load({ data: big, verification: [{ input: { x: 1 }, expected: { z: 5 } }] })).rejects.toThrow(
    'output "z" is null, expected 5',
  )
})

test('a version must reproduce the rows that it ships itself', async () => {
  const { load } = loaderOf({ maxArtifactBytes: 10_000 })
  const text = source(
    'c',
    'r.x',
    'export const verification = [{ input: { x: 1 }, expected: { y: 1 } }, { input: { x: 2 }, expected: { y: 3 } }]',
  )
  await expect(load({ data: Buffer.from(text) })).rejects.toMatchObject({
    code: 'ENGINE_VERSION_UNVERIFIED',
    message: expect.stringContaining('1 differences in 2 rows, first: row 2, output "y" is 2, expected 3'),
  })
})

test('an artifact that has left the store cannot be loaded again, and says which', async () => {
  const { artifacts, load, settings } = loaderOf()
  const { reference } = await load({ data: model })
  await artifacts.delete(reference.digest)
  await expect(reloadVersion(reference, settings, registry, artifacts)).rejects.toMatchObject({
    code: 'ENGINE_ARTIFACT_MISSING',
    message: expect.stringContaining(reference.digest),
  })
})

test('a version that scores none of its own samples is not loaded: what is loaded makes the version before it void', async () => {
  const { load } = loaderOf()
  const picky = (samples: string) =>
    Buffer.from(
      `export const inputs = [{ name: 'x', dtype: 'float64' }]\nexport const outputs = [{ name: 'y', dtype: 'float64' }]\nexport const samples = ${samples}\n` +
        `export function score(r) { if (r.x > 1) throw new Error('too large'); return { y: r.x } }\n`,
    )
  await expect(load({ data: picky('[{ x: 2 }, { x: 3 }]') })).rejects.toMatchObject({
    code: 'ENGINE_WARM_UP_ERROR',
    message: expect.stringContaining('too large'),
  })
  expect((await load({ data: picky('[{ x: 2 }, { x: 1 }]') })).prepared.samples).toHaveLength(2)
})
