// A group member in a process of its own, for tests that stop it: takes bootstrap servers, group, topic and protocol; prints each
// change as a line of JSON, and releases what a change takes away at once.
import { kafkaSettings } from '../../src/clients/kafka/cluster.ts'
import { GroupMember, groupSettings } from '../../src/clients/kafka/group.ts'

const [servers = '', group = '', topic = '', protocol = ''] = process.argv.slice(2)
const member = await GroupMember.open(
  kafkaSettings(servers.split(',')),
  groupSettings(group, topic, { protocol: protocol === 'classic' ? 'classic' : 'consumer', sessionTimeoutMs: 1500 }),
)
let held: readonly number[] = []
for (let change = await member.next(); change !== null; change = await member.next()) {
  const { partitions } = change
  console.log(JSON.stringify(change))
  member.release(held.filter((partition) => !partitions.includes(partition)))
  held = partitions
}
