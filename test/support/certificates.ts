import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** PEM texts for a server at 127.0.0.1 and a client that it trusts, signed by one authority; made by openssl in `folder`. */
export interface Certificates {
  readonly ca: string
  readonly server: KeyPair
  readonly client: KeyPair
}

interface KeyPair {
  readonly key: string // PKCS #8
  readonly certificate: string
}

/** Makes certificates that are good for a day; throws where there is no openssl. */
export function makeCertificates(folder: string): Certificates {
  const run = (...given: string[]) => execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '1']
  run('req', '-x509', ...newKey, '-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  const pair = (name: string): KeyPair => {
    writeFileSync(join(folder, `${name}.ext`), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
    run('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', `${name}.ext`]
    run('x509', '-req', '-in', `${name}.csr`, ...signer, '-out', `${name}.pem`)
    return { key: read(`${name}.key`), certificate: read(`${name}.pem`) }
  }
  return { server: pair('server'), client: pair('client'), ca: read('ca.pem') }
}
