import { BlockList, isIP } from "node:net"
import type { Received } from "../http/Received.ts"

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4")

/** Node writes the IPv4 address of a peer at a socket for both as IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, "")

/** Finds the address of a client: behind proxies that are trusted, the last that none of these has. */
export const remoteOf = (trusted: ReadonlyArray<string> = []) => {
  if (trusted.length === 0) return (peer: string | undefined): string | undefined => peer
  const list = new BlockList()
  for (const entry of trusted) {
    const [address = "", bits] = entry.split("/", 2)
    if (isIP(address) === 0) continue
    if (bits === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(bits), familyOf(address))
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && list.check(address, familyOf(address))
  return (peer: string | undefined, headers: Received["headers"]): string | undefined => {
    if (peer === undefined || !isTrusted(plain(peer))) return peer
    const hops = (headers["x-forwarded-for"] ?? "").split(",").map((hop) => plain(hop.trim()))
    return hops.findLast((hop) => hop !== "" && !isTrusted(hop)) ?? peer
  }
}
