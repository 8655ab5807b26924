import { BlockList, isIP } from "node:net"
import type { Received } from "../http/Received.ts"

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** On dual-stack sockets Node shows IPv4 peers as IPv6 addresses. */
const plain = (address: string): string => (address.startsWith("::ffff:") ? address.slice(7) : address)

/** An address in a header, where some proxies write the port too. */
const addressOf = (hop: string): string => {
  const text = hop.trim()
  return plain(/^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text)
}

/** Finds the address of a client: behind trusted proxies, the last one that is not a proxy's. */
export const remoteOf = (trusted: ReadonlyArray<string> = []) => {
  if (trusted.length === 0) return (peer: string | undefined): string | undefined => peer && plain(peer)
  const list = new BlockList()
  for (const entry of trusted) {
    const [address = "", bits] = entry.split("/", 2)
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && list.check(address, familyOf(address))
  return (peer: string | undefined, headers: Received["headers"]): string | undefined => {
    const nearest = peer && plain(peer)
    if (nearest === undefined || !isTrusted(nearest)) return nearest
    const hops = (headers["x-forwarded-for"] ?? "").split(",").map(addressOf)
    const client = hops.findLast((hop) => !isTrusted(hop))
    // After an invalid entry, neither it nor anything before it can be trusted.
    return client === undefined || isIP(client) === 0 ? nearest : client
  }
}
