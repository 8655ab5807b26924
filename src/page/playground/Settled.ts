import type { Call } from "../calls/Call.ts"
import { request } from "../server/Server.ts"
import { session } from "../session/Session.ts"
import type { Reply } from "./Reply.ts"

/**
 * Completes the figures of a response with what the ledger says of its call: the cost of a stream is known at its end, when
 * its headers are long sent. Only administrators may read the ledger; others see what the response itself says.
 */
export const settle = async (reply: Reply): Promise<void> => {
  const now = session.value
  const { requestId } = reply.figures.value
  if (now.state !== "signedIn" || !now.me.isAdmin || requestId === undefined) return
  // The ledger gets a stopped call later.
  if (reply.state.value !== "done") return
  try {
    const { call } = await request<{ readonly call: Call }>(`admin/calls/${encodeURIComponent(requestId)}`)
    reply.learn({
      ...(call.cost !== undefined && call.unpriced === undefined && { cost: call.cost }),
      ...(call.attempts !== undefined && { attempts: call.attempts.length })
    })
  } catch {
    // Then the figures stay as the response has them.
  }
}
