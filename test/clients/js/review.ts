import { z } from "zod"

/** The output that models are asked for. */
export const review = z.object({ title: z.string(), score: z.number(), tags: z.array(z.string()) })
