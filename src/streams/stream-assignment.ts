import type { Registry } from '../config/registry.ts'
import type { Assignment } from '../transports/transport.ts'
import type { StreamDescriptor } from './descriptor.ts'
import { type StreamContext, transportContext, transportOf, transportOptions } from './stream-context.ts'

export type { AssignedInstance, Assignment, AssignmentChange } from '../transports/transport.ts'

/** True when several instances can divide the partitions of the stream. */
export function isDivisible(descriptor: StreamDescriptor, registry: Registry, place: string): boolean {
  return transportOf(descriptor, registry, place).openAssignment !== undefined
}

/** Joins the instances that divide the partitions of the stream; null when every partition is this instance's. */
export async function openStreamAssignment(
  descriptor: StreamDescriptor,
  registry: Registry,
  context: StreamContext & { readonly address: string | null; readonly signal?: AbortSignal },
): Promise<Assignment | null> {
  const transport = transportOf(descriptor, registry, context.place)
  if (!transport.openAssignment) return null
  const place = { ...transportContext(descriptor, context), address: context.address, signal: context.signal }
  return transport.openAssignment(transportOptions(descriptor, context), place)
}
