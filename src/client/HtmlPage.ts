import { clip } from "../domain/errors/ErrorFields.ts"

/** The most that is said of a page, in UTF-16 code units. */
const longest = 300

/**
 * What a provider said, with the title or the text of a page in the place of a page: proxies and load balancers answer with
 * their own.
 */
export const withoutHtml = (said: string): string => {
  const start = said.search(/<(?:!doctype html|html)\b/i)
  if (start < 0) return said
  const page = said.slice(start)
  const text = inner(page, "title") || textOf(inner(page, "body") || page)
  return `${said.slice(0, start)}${clip(text || "an empty page", longest)} (an HTML page)`
}

/** The text of the first element of this name; empty where there is none. */
const inner = (page: string, name: "title" | "body"): string => {
  const lower = page.toLowerCase()
  const start = lower.indexOf(">", lower.indexOf(`<${name}`)) + 1
  const end = lower.indexOf(`</${name}`, start)
  return lower.includes(`<${name}`) && end >= start && start > 0 ? textOf(page.slice(start, end)) : ""
}

const entities: { readonly [entity: string]: string } = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " "
}

const textOf = (html: string): string =>
  html
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim()
