import { MillraceError } from '../core/errors.ts'
import { closest } from './closest.ts'
import type { Component, Kind } from './component.ts'

/** The components that a process knows, by kind and name. It is passed in, never global (STYLE 6.2). */
export class Registry {
  readonly #components = new Map<string, Component>()

  constructor(components: readonly Component[]) {
    for (const component of components) {
      const { kind, name } = component
      if (this.has(kind, name)) throw new MillraceError('CONFIG_COMPONENT_REPEATED', { kind, name })
      this.#components.set(`${kind}/${name}`, component)
    }
    Object.freeze(this)
  }

  /** The component of this kind and name; an unknown name is an error that says where it was written. */
  get<C extends Component>(kind: C['kind'], name: string, place: string): C {
    const found = this.#components.get(`${kind}/${name}`)
    if (found) return found as C
    const names = this.list(kind).map((c) => c.name)
    throw new MillraceError('CONFIG_COMPONENT_UNKNOWN', { place, kind, name, hint: closest(name, names) })
  }

  has(kind: Kind, name: string): boolean {
    return this.#components.has(`${kind}/${name}`)
  }

  /** All components of a kind, by name. */
  list<K extends Kind>(kind: K): Component<K>[] {
    const found = [...this.#components.values()].filter((c) => c.kind === kind) as Component<K>[]
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
