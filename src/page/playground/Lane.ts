import { computed, signal } from "@preact/signals"
import type { Attachment } from "./Attachment.ts"
import { call } from "./Call.ts"
import type { ChatBody } from "./Message.ts"
import { Reply } from "./Reply.ts"
import { settle } from "./Settled.ts"
import { fields, system } from "./Setup.ts"
import { messagesOf, type Turn } from "./Turn.ts"

/** A conversation with one model. Those side by side get the same prompts. */
export class Lane {
  readonly id: number
  readonly model = signal("")
  readonly turns = signal<ReadonlyArray<Turn>>([])
  readonly isRunning = computed(() => this.turns.value.some((turn) => turn.type === "reply" && !turn.reply.isOver))

  constructor(id: number, model: string) {
    this.id = id
    this.model.value = model
  }

  /** The request that these turns make. */
  bodyOf(turns: ReadonlyArray<Turn>): ChatBody {
    return { model: this.model.value.trim(), messages: messagesOf(system.value, turns), ...fields.value }
  }

  send(turns: ReadonlyArray<Turn>): Promise<void> {
    const before = [...this.turns.value, ...turns]
    const body = this.bodyOf(before)
    const reply = new Reply(body.model)
    this.turns.value = [...before, { type: "reply", reply }]
    return call(reply, body).then(() => settle(reply))
  }

  /** Requests the last response again. */
  repeat(): Promise<void> {
    const last = this.turns.value.findLastIndex(({ type }) => type !== "reply")
    this.turns.value = this.turns.value.slice(0, last + 1)
    return this.send([])
  }

  stop(): void {
    for (const turn of this.turns.value) if (turn.type === "reply") turn.reply.stop()
  }
}

let made = 0

export const mostLanes = 12

export const lanes = signal<ReadonlyArray<Lane>>([new Lane(made++, "")])
export const isRunning = computed(() => lanes.value.some((lane) => lane.isRunning.value))
export const hasTurns = computed(() => lanes.value.some((lane) => lane.turns.value.length > 0))

export const addLane = (model: string): void => {
  lanes.value = [...lanes.value, new Lane(made++, model)]
}

export const removeLane = (lane: Lane): void => {
  lane.stop()
  lanes.value = lanes.value.filter((other) => other !== lane)
}

/** Sends a prompt to every lane with a model. */
export const sendToAll = (text: string, files: ReadonlyArray<Attachment>): void => {
  for (const lane of lanes.value) if (lane.model.value.trim() !== "") void lane.send([{ type: "user", text, files }])
}

export const stopAll = (): void => {
  for (const lane of lanes.value) lane.stop()
}

export const clear = (): void => {
  stopAll()
  for (const lane of lanes.value) lane.turns.value = []
}
