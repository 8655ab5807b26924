import { useEffect, useRef } from "preact/hooks"
import type { GrowingText } from "./GrowingText.ts"

/**
 * Text that grows. Each line is a block of its own, so that a new piece makes the browser lay out one line and no more,
 * and no component renders again.
 */
export const StreamedText = ({ text }: { readonly text: GrowingText }) => {
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = root.current
    if (element === null) return
    let line: Text | undefined
    const write = (added: string): void => {
      added.split("\n").forEach((piece, index) => {
        if (line === undefined || index > 0) {
          line = document.createTextNode("")
          const block = document.createElement("div")
          block.append(line)
          element.append(block)
        }
        if (piece !== "") line.appendData(piece)
      })
    }
    const leave = text.read(write)
    return () => {
      leave()
      element.replaceChildren()
    }
  }, [text])
  return <div ref={root} class="streamed" />
}
