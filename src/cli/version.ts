import { readFileSync } from 'node:fs'

/** `millrace 0.1.0 (node v24.21.0, linux x64)`. */
export function versionText(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return `millrace ${version} (node ${process.version}, ${process.platform} ${process.arch})`
}
