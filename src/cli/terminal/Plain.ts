/**
 * A text that others wrote, without what would steer a terminal: control characters but line feed and tab.
 *
 * @since 0.1.0
 * @category conversions
 */
export const plain = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, "")
