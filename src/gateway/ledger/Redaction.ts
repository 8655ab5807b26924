import * as Detector from "effect-llm/policies/Detector"

/** A text without what the standard detectors find. */
export const redacted = (text: string): string => {
  let shown = ""
  let from = 0
  for (const { detector, end, start } of Detector.find(Detector.standard, text)) {
    shown += `${text.slice(from, start)}[${detector}]`
    from = end
  }
  return shown + text.slice(from)
}
