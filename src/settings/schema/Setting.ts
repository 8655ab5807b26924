import * as Schema from "effect/Schema"

type Annotations = { readonly description: string; readonly messageMissingKey?: string }

/** Annotates a key, on both sides where they differ: editors see the encoded one. */
const annotated = <S extends Schema.Top>(schema: S, annotations: Annotations): S["Rebuild"] => {
  const type = schema.annotateKey(annotations)
  if (type.ast.encoding === undefined) return type
  return type.rebuild(Schema.flip(Schema.flip(type).annotateKey(annotations)).ast)
}

/** A setting that may be left out. */
export const optional = <S extends Schema.Top>(schema: S, description: string): Schema.optionalKey<S> =>
  annotated(Schema.optionalKey(schema), { description })

/** A required setting, and the message if it is missing. */
export const required = <S extends Schema.Top>(schema: S, description: string, messageMissingKey?: string) =>
  annotated(schema, messageMissingKey === undefined ? { description } : { description, messageMissingKey })
