/** Tints of the accent and two greys, told apart by their lightness as well. */
export const tints = ["--tint-1", "--tint-2", "--tint-3", "--tint-4", "--tint-5", "--tint-6"] as const
