import type { ComponentChildren, VNode } from "preact"
import { CopyButton } from "./CopyButton.tsx"

/**
 * The part of Markdown that models write: headings, lists, quotes, tables, code, emphasis and links. It becomes elements,
 * never HTML, so nothing in a response can run.
 */
export const Markdown = ({ text }: { readonly text: string }) => <div class="prose">{blocks(text.split("\n"))}</div>

interface Block {
  /** Whether a line begins such a block. */
  readonly begins: RegExp
  /** How many lines it takes, given the lines from its first on. */
  readonly length: (lines: ReadonlyArray<string>) => number
  readonly render: (lines: ReadonlyArray<string>) => VNode
}

const fence = /^\s*(```|~~~)\s*([\w+#.-]*)/
const item = /^\s*(?:[-*+]|\d+[.)])\s+/
const row = /^\s*\|.*\|\s*$/

const lengthWhile =
  (holds: (line: string) => boolean) =>
  (lines: ReadonlyArray<string>): number => {
    const end = lines.findIndex((line, index) => index > 0 && !holds(line))
    return end === -1 ? lines.length : end
  }

const cells = (line: string): ReadonlyArray<string> =>
  line
    .trim()
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim())

const kinds: ReadonlyArray<Block> = [
  {
    begins: fence,
    length: (lines) => {
      const mark = fence.exec(lines[0] ?? "")?.[1] ?? "```"
      const end = lines.findIndex((line, index) => index > 0 && line.trim() === mark)
      return end === -1 ? lines.length : end + 1
    },
    render: (lines) => {
      const [, mark, language] = fence.exec(lines[0] ?? "") ?? []
      const code = lines.slice(1, lines.at(-1)?.trim() === mark ? -1 : undefined).join("\n")
      return <Code code={code} language={language ?? ""} />
    }
  },
  {
    begins: /^#{1,6}\s/,
    length: () => 1,
    render: ([line = ""]) => <p class="prose-heading">{inline(line.replace(/^#+/, "").trim())}</p>
  },
  { begins: /^\s*([-*_])(\s*\1){2,}\s*$/, length: () => 1, render: () => <hr /> },
  {
    begins: /^\s*>/,
    length: lengthWhile((line) => line.trim().startsWith(">")),
    render: (lines) => <blockquote>{blocks(lines.map((line) => line.replace(/^\s*> ?/, "")))}</blockquote>
  },
  {
    begins: item,
    length: lengthWhile((line) => item.test(line) || /^\s+\S/.test(line)),
    render: (lines) => list(lines)
  },
  {
    begins: row,
    length: lengthWhile((line) => row.test(line)),
    render: ([head = "", rule = "", ...rows]) => (
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Table">
        <table>
          <thead>
            <tr>
              {cells(head).map((cell) => (
                <th>{inline(cell)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(/^[\s|:-]+$/.test(rule) ? rows : [rule, ...rows]).map((line) => (
              <tr>
                {cells(line).map((cell) => (
                  <td>{inline(cell)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )
  }
]

const blocks = (lines: ReadonlyArray<string>): ReadonlyArray<VNode> => {
  const nodes: Array<VNode> = []
  let rest = lines
  while (rest.length > 0) {
    const [line = ""] = rest
    const kind = kinds.find(({ begins }) => begins.test(line))
    if (kind !== undefined) {
      const length = kind.length(rest)
      nodes.push(kind.render(rest.slice(0, length)))
      rest = rest.slice(length)
    } else if (line.trim() === "") rest = rest.slice(1)
    else {
      const length = lengthWhile((next) => next.trim() !== "" && !kinds.some(({ begins }) => begins.test(next)))(rest)
      nodes.push(<p>{inline(rest.slice(0, length).join("\n"))}</p>)
      rest = rest.slice(length)
    }
  }
  return nodes
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** A list; lines that are indented further than its items belong to the item before them. */
const list = (lines: ReadonlyArray<string>): VNode => {
  const indent = indentOf(lines[0] ?? "")
  const items: Array<Array<string>> = []
  for (const line of lines) {
    if (item.test(line) && indentOf(line) <= indent) items.push([line.replace(item, "")])
    else items.at(-1)?.push(line)
  }
  const children = items.map(([first = "", ...more]) => (
    <li>
      {inline(first)}
      {more.length > 0 && blocks(more.map((line) => line.slice(Math.min(indentOf(line), indent + 2))))}
    </li>
  ))
  const start = Number(/^\s*(\d+)/.exec(lines[0] ?? "")?.[1] ?? 1)
  return /^\s*\d/.test(lines[0] ?? "") ? <ol start={start}>{children}</ol> : <ul>{children}</ul>
}

const marks = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^\s*][^*]*)\*|\[([^[\]]+)\]\((https?:\/\/[^\s()]+)\)/g

const inline = (text: string): ComponentChildren => {
  const nodes: Array<ComponentChildren> = []
  let end = 0
  for (const match of text.matchAll(marks)) {
    const [whole, code, bold, bolder, emphasis, label, url] = match
    nodes.push(text.slice(end, match.index))
    if (code !== undefined) nodes.push(<code>{code}</code>)
    else if (url !== undefined)
      nodes.push(
        <a href={url} target="_blank" rel="noreferrer noopener">
          {label}
        </a>
      )
    else if (emphasis !== undefined) nodes.push(<em>{inline(emphasis)}</em>)
    else nodes.push(<strong>{inline(bold ?? bolder ?? "")}</strong>)
    end = match.index + whole.length
  }
  return [...nodes, text.slice(end)]
}

/** Code, to be read and copied. */
export const Code = ({ code, language }: { readonly code: string; readonly language: string }) => (
  <figure class="code">
    <figcaption>
      <span>{language}</span>
      <CopyButton text={() => code} />
    </figcaption>
    <pre tabIndex={0}>
      <code>{code}</code>
    </pre>
  </figure>
)
