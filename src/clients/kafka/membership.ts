/**
 * A group member as those know it who commit in its name, on whatever thread they are; structured-cloneable.
 *
 * Example: a member of group `scoring` in its third generation: group 'scoring', memberId 'pL8…', instanceId null, epoch [3].
 */
export interface GroupMembership {
  readonly group: string
  /** Empty: commits without being a member, which a group accepts as long as it has none. */
  readonly memberId: string
  /** Name of a static member, or null. */
  readonly instanceId: string | null
  /** One number on shared memory: the generation (classic) or member epoch (consumer protocol) as of now; -1 = not a member now. */
  readonly epoch: Int32Array
}

/** Commits in the name of a group that nobody is a member of. */
export function noMembership(group: string): GroupMembership {
  return { group, memberId: '', instanceId: null, epoch: new Int32Array(new SharedArrayBuffer(4)).fill(-1) }
}
