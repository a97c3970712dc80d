/** Addresses that mean every interface: others cannot reach a server under them. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::', '']

/**
 * `host:port` under which other instances reach a server: what the engine file advertises, else where it listens, else the name of
 * this machine.
 */
export function advertisedAddress(
  http: { readonly host: string; readonly advertised?: string | undefined },
  port: string,
  machine: string,
): string {
  const { host, advertised } = http
  if (advertised !== undefined && /^(\[[^\]]+\]|[^:]+):\d+$/.test(advertised)) return advertised
  const name = advertised ?? (EVERYWHERE.includes(host) ? machine : host)
  return `${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port}`
}
