import type { ToolCallPart } from "../../../domain/ContentPart.ts"
import type { AssistantMessage, Message, ToolMessage } from "../../../domain/Message.ts"

/** A conversation as it is received, in which consecutive messages of one role may become one. */
export class ReceivedMessages {
  readonly messages: Array<Message> = []
  /** The content of the last message, where more may join it. */
  #joined: Array<unknown> | undefined

  add(message: Message): void {
    this.#joined = undefined
    this.messages.push(message)
  }

  /** Adds a message, or its content to the last one where that was joined too and has the same role, unless it `isNew`. */
  join(message: AssistantMessage | ToolMessage, isNew = false): void {
    if (!isNew && this.#joined !== undefined && this.messages.at(-1)?.role === message.role) {
      for (const part of message.content) this.#joined.push(part)
      return
    }
    const content = [...message.content]
    this.add({ ...message, content } as Message)
    this.#joined = content
  }
}

type Call = Pick<ToolCallPart, "id" | "name">

/** Calls in order; those before `next` are answered. */
interface Queue {
  readonly calls: Array<Call>
  next: number
}

/** The calls that have no result yet: servers match results by id, by name, or by their order alone. */
export class UnansweredCalls {
  readonly #all: Queue = { calls: [], next: 0 }
  readonly #byId = new Map<string, Queue>()
  readonly #byName = new Map<string, Queue>()
  readonly #answered = new Set<Call>()

  add(call: Call): void {
    this.#all.calls.push(call)
    queueOf(this.#byId, call.id).calls.push(call)
    queueOf(this.#byName, call.name).calls.push(call)
  }

  /** Takes the first call of an id, else of a name, else of all. */
  take({ id, name }: { readonly id?: string | undefined; readonly name?: string | undefined }): Call | undefined {
    const queue = id !== undefined ? this.#byId.get(id) : name !== undefined ? this.#byName.get(name) : this.#all
    return queue && this.#next(queue)
  }

  #next(queue: Queue): Call | undefined {
    let call = queue.calls[queue.next++]
    while (call !== undefined && this.#answered.has(call)) call = queue.calls[queue.next++]
    if (call !== undefined) this.#answered.add(call)
    return call
  }
}

const queueOf = (queues: Map<string, Queue>, key: string): Queue => {
  const queue = queues.get(key) ?? { calls: [], next: 0 }
  queues.set(key, queue)
  return queue
}
