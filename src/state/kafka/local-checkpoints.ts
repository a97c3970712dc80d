import { MillraceError } from '../../core/errors.ts'
import type { Transaction } from '../../core/transaction.ts'
import type { Checkpoint } from '../state.ts'
import type { ChangelogKind } from './changelog.ts'

type Texts = ReadonlyMap<ChangelogKind, string>

/** What is saved of tasks that nobody has acquired: it ends with the store. */
export class LocalCheckpoints {
  readonly #domain: string
  readonly #tasks = new Map<string, Texts>()

  constructor(domain: string) {
    this.#domain = domain
  }

  begin(): LocalTransaction {
    return new LocalTransaction(this.#domain, (task, kind, text) => this.#set(task, kind, text))
  }

  get(task: string): Checkpoint | null {
    const texts = this.#tasks.get(task)
    if (!texts) return null
    const value = (kind: ChangelogKind) => JSON.parse(texts.get(kind) ?? 'null') as unknown
    return {
      positions: (value('positions') ?? {}) as Checkpoint['positions'],
      state: value('state'),
      statistics: value('statistics'),
    }
  }

  tasks(): string[] {
    return [...this.#tasks.keys()]
  }

  #set(task: string, kind: ChangelogKind, text: string | null): void {
    const texts = new Map(this.#tasks.get(task))
    if (text === null) texts.delete(kind)
    else texts.set(kind, text)
    if (texts.size === 0) this.#tasks.delete(task)
    else this.#tasks.set(task, texts)
  }
}

/** Values that are kept together at the commit. */
export class LocalTransaction implements Transaction {
  readonly domain: string
  readonly #set: (task: string, kind: ChangelogKind, text: string | null) => void
  #saved: [string, ChangelogKind, string | null][] = []
  #isEnded = false

  constructor(domain: string, set: (task: string, kind: ChangelogKind, text: string | null) => void) {
    this.domain = domain
    this.#set = set
  }

  save(task: string, kind: ChangelogKind, text: string | null): void {
    this.#check()
    this.#saved.push([task, kind, text])
  }

  async commit(): Promise<void> {
    this.#check()
    this.#isEnded = true
    for (const saved of this.#saved) this.#set(...saved)
  }

  abort(): void {
    this.#isEnded = true
    this.#saved = []
  }

  #check(): void {
    if (this.#isEnded) throw new MillraceError('CORE_CLOSED', { subject: `a transaction of ${this.domain}` })
  }
}
