import * as Result from "effect/Result"

/**
 * Checks the address of a provider's API: `http` or `https`, with a host, without query, fragment, user or password.
 * Gives it without a slash at its end, or says what is wrong with it.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (text: string): Result.Result<string, string> => {
  const url = URL.parse(text)
  if (url === null) return Result.fail("is not a URL")
  if (url.protocol !== "http:" && url.protocol !== "https:") return Result.fail("must begin with http:// or https://")
  if (url.username !== "" || url.password !== "") return Result.fail("must not hold a user name or a password")
  if (url.search !== "" || url.hash !== "") return Result.fail("must not hold a query or a fragment")
  return Result.succeed(url.href.replace(/(?<!\/)\/+$/, ""))
}
