/** A text that others wrote, without what would steer a terminal: control characters but line feed and tab. */
export const plain = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, "")
