import * as Result from "effect/Result"

/**
 * Checks the address of a provider's API: `http` or `https`, with a host, without query, fragment, user or password.
 * Gives it without a slash at its end, or says what is wrong with it.
 */
export const decode = (text: string): Result.Result<string, string> => {
  const url = URL.parse(text)
  if (url === null) return Result.fail("is not a URL")
  if (!isHttp(url)) return Result.fail("must begin with http:// or https://")
  if (url.username !== "" || url.password !== "") return Result.fail("must not contain a user name or password")
  if (url.search !== "" || url.hash !== "") return Result.fail("must not contain a query or fragment")
  // A password with a slash in it makes the rest of it a path.
  if (url.pathname.includes("@"))
    return Result.fail("must not contain a user name or password (in a path, write @ as %40)")
  return Result.succeed(url.href.replace(/(?<!\/)\/+$/, ""))
}

/**
 * What an error may show of an address: its host. Of an invalid address nothing, since it may be a key or begin with a
 * password.
 */
export const originOf = (text: string): string | undefined => shownUrl(text)?.origin

/** What an error may show of where a redirect leads: without user, query and fragment. `location` may be relative to `base`. */
export const targetOf = (location = "", base?: string): string => {
  const url = location === "" ? undefined : shownUrl(location, base)
  return url === undefined ? "another address" : url.origin + url.pathname
}

const shownUrl = (text: string, base?: string): URL | undefined => {
  const url = URL.parse(text, base)
  return url === null || !isHttp(url) || url.pathname.includes("@") ? undefined : url
}

const isHttp = ({ protocol }: URL): boolean => protocol === "http:" || protocol === "https:"
