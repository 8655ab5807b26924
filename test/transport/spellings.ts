import { Schema } from "effect"
import * as Arbitrary from "effect/Arbitrary"

/** What may be a key: what a header can carry, without blanks. */
export const secretKey = Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{12,60}$/)))

/** Text as others write it down, by the name of the spelling. */
export const spellings: { readonly [name: string]: (text: string) => string } = {
  plain: (text) => text,
  "percent-encoded": encodeURIComponent,
  "percent-encoded to the last character": (text) => hex(text, (code) => `%${code}`),
  "percent-encoded in small letters, twice": (text) =>
    encodeURIComponent(hex(text, (code) => `%${code.toLowerCase()}`)),
  "as JSON": JSON.stringify,
  "as JSON in JSON in JSON": (text) => JSON.stringify(JSON.stringify(JSON.stringify(text))),
  "as JSON with every character escaped": (text) => hex(text, (code) => `\\u00${code}`),
  "as JSON with escaped slashes": (text) => JSON.stringify(text).replaceAll("/", "\\/"),
  "for HTML, by number": (text) => hex(text, (code) => `&#x${code};`),
  "for HTML, by decimal number without semicolon": (text) =>
    [...text].map((char) => (/\w/.test(char) ? char : `&#${char.charCodeAt(0)};`)).join(""),
  "for HTML, by name": (text) =>
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&apos;")
      .replaceAll("/", "&sol;")
      .replaceAll("+", "&plus;")
      .replaceAll("=", "&equals;")
      .replaceAll("_", "&lowbar;"),
  "as JSON in a query": (text) => encodeURIComponent(JSON.stringify({ key: text })),
  "over several lines": (text) => text.replaceAll(/(.{5})/g, "$1\r\n  "),
  "in capitals": (text) => text.toUpperCase(),
  "in small letters": (text) => text.toLowerCase(),
  "in hexadecimal digits": (text) => Buffer.from(text).toString("hex"),
  "in hexadecimal digits, in capitals, behind a name": (text) => hex(`key=${text}`, (code) => code),
  "in Base64": btoa,
  "in Base64 without padding": (text) => btoa(text).replaceAll("=", ""),
  "in Base64 for URLs": (text) => Buffer.from(text).toString("base64url"),
  "in Base64 behind one byte": (text) => btoa(`:${text}`),
  "in Base64 behind two bytes": (text) => btoa(`u:${text}!`),
  "in Base64 behind more": (text) => btoa(`{"authorization":"Bearer ${text}"}`),
  "in Base64 in a query": (text) => encodeURIComponent(btoa(`me:${text}`)),
  "in Base64 over several lines": (text) => btoa(`key: ${text}`).replaceAll(/(.{7})/g, "$1\n")
}

const hex = (text: string, write: (code: string) => string): string =>
  [...text].map((char) => write(char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"))).join("")

/** What of a text is left of what it was, when everything that may have been done to it is undone. */
export const undone = (text: string): ReadonlyArray<string> => {
  const plain = [text]
  for (let depth = 0; depth < 4; depth++) {
    plain.push(
      (plain.at(-1) ?? "")
        .replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
        .replaceAll(/\\(["\\/])/g, "$1")
        .replaceAll(/\s/g, "")
    )
  }
  // What is shorter holds no key in Base64.
  const words = [...new Set(plain.flatMap((text) => text.split(/[^\w+/=-]+/)))].filter(({ length }) => length >= 16)
  return [
    ...plain,
    ...words.flatMap((word) => [0, 1, 2, 3].map((skip) => atobOf(word.slice(skip)))),
    ...words.flatMap((word) => [0, 1].map((skip) => Buffer.from(word.slice(skip), "hex").toString("latin1")))
  ]
}

/** Whether the text holds the secret, in whatever case. */
export const isIn = (text: string, secret: string): boolean => text.toLowerCase().includes(secret.toLowerCase())

const atobOf = (word: string): string => Buffer.from(word, "base64").toString("latin1")
