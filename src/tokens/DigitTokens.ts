/**
 * How many tokens more the digits of a text have where each is a token of its own, than in groups of three.
 *
 * @since 0.1.0
 * @category counting
 */
export const extraDigitTokens = (text: string): number => {
  let extra = 0
  let run = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x30 || unit > 0x39) run = 0
    else if (run++ % 3 !== 0) extra++
  }
  return extra
}
