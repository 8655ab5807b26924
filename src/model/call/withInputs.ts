/** The request of one text, several inputs, or a request whose inputs may be one text. */
export const withInputs = <Request extends { readonly inputs: ReadonlyArray<unknown> }>(
  input: string | Request["inputs"] | (Omit<Request, "inputs"> & { readonly inputs: string | Request["inputs"] })
): Request => {
  if (typeof input === "string") return { inputs: [input] } as unknown as Request
  if (isList(input)) return { inputs: input } as unknown as Request
  return (typeof input.inputs === "string" ? { ...input, inputs: [input.inputs] } : input) as unknown as Request
}

const isList = (input: unknown): input is ReadonlyArray<unknown> => Array.isArray(input)
