/** What recordings, films or documents come to, with the share by which that may be off. */
export type MediaRule<Rates> = Rates & {
  readonly id: string
  readonly error: number
  readonly source: string
}
