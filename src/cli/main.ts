#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'
import { processWorld } from './process-world.ts'
import { verbs } from './verbs.ts'

process.exitCode = await runCommandLine(verbs, process.argv.slice(2), processWorld())
// A verb has ended: handles that are still open (a waiting standard input, idle sockets) do not keep the process.
process.exit()
