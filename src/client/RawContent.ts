import * as HttpBody from "effect/http/HttpBody"
import { Bytes, type Form } from "../protocols/Protocol.ts"

/** An HTTP body other than JSON: bytes or a form. */
export const rawContent = (body: Form | Bytes): HttpBody.HttpBody => {
  if (body instanceof Bytes) return HttpBody.uint8Array(body.bytes, body.mediaType)
  const form = new FormData()
  for (const part of body.parts) {
    if ("value" in part) form.append(part.name, part.value)
    else form.append(part.name, new Blob([part.bytes.slice()], { type: part.mediaType }), part.fileName)
  }
  return HttpBody.formData(form)
}
