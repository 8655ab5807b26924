type Given<A> = { readonly [F in keyof A]: Exclude<A[F], undefined> }

/** The fields of a record that have a value. */
export const given = <A extends object>(record: A): Given<A> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Given<A>

/** The fields of a record that have a value; `undefined` where none has. */
export const defined = <A extends object>(record: A): Given<A> | undefined => {
  const known = given(record)
  return Object.keys(known).length === 0 ? undefined : known
}
