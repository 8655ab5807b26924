/**
 * How many pages a PDF has; 0 when that cannot be told because its objects are compressed, or when it is no PDF.
 */
export const pdfPages = (bytes: Uint8Array): number => {
  const text = new TextDecoder("latin1").decode(bytes)
  return text.startsWith("%PDF") ? (text.match(/\/Type\s{0,8}\/Page(?![A-Za-z])/g) ?? []).length : 0
}
