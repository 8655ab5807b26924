/** Keys from examples everywhere, which are no secrets. */
const publicKeys = new Set([
  "sk-1234",
  "sk-12345",
  "sk-123456",
  "sk-test",
  "test",
  "secret",
  "changeme",
  "password",
  "123456",
  "admin"
])

/** Why a key is too weak, if it is. */
export const weaknessOf = (key: string): string | undefined => {
  if (key === "") return undefined
  if (publicKeys.has(key.toLowerCase()))
    return "is a key from examples that everybody knows: make one of your own, such as with `openssl rand -hex 24`"
  return key.length < 16 ? "is too short to be a secret: use at least 16 characters" : undefined
}
