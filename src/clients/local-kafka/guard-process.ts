// The process of `Guard`: hears of processes on standard input, `+123` or `-123` a line, and of folders, `=%2Ftmp%2Fa`. When the
// input ends, which it does however the process that writes it comes to its end, it ends those that are left and removes the folders.
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const graceMs = Number(process.argv[2])
const stepMs = 50

const watched = new Set<number>()
const folders: string[] = []
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole terminal; the end of the input is what counts
process.on('SIGTERM', () => {})

let rest = ''
process.stdin.setEncoding('latin1')
for await (const chunk of process.stdin) {
  const lines = `${rest}${chunk}`.split('\n')
  rest = lines.pop() as string
  for (const line of lines) {
    const pid = Number(line.slice(1))
    if (line.startsWith('=')) folders.push(decodeURIComponent(line.slice(1)))
    else if (line.startsWith('+')) watched.add(pid)
    else watched.delete(pid)
  }
}

for (const pid of watched) {
  signal(pid, 'SIGCONT') // a stopped process does not hear SIGTERM
  signal(pid, 'SIGTERM')
}
for (let waitedMs = 0; waitedMs < graceMs && [...watched].some((pid) => signal(pid, 0)); waitedMs += stepMs)
  await sleep(stepMs)
for (const pid of watched) signal(pid, 'SIGKILL')
// What a process is writing while it dies is there in another moment.
for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })

/** False when there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
