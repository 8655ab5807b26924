import { crc32, deflateSync } from "node:zlib"

/** The hash of a text. */
export const hashOf = (text: string): number => crc32(text)

/** A PNG of 8 by 8 pixels in a colour that the text chooses. */
export const samplePng = (text: string): Uint8Array => {
  const size = 8
  const hash = hashOf(text)
  const pixel = [hash & 0xff, (hash >> 8) & 0xff, (hash >> 16) & 0xff]
  const row = [0, ...Array.from({ length: size }, () => pixel).flat()]
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  // Eight bits for each of red, green and blue.
  head.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.from(Array.from({ length: size }, () => row).flat()))),
    chunk("IEND", Buffer.alloc(0))
  ])
}

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(data.length, 0)
  whole.set(body, 4)
  whole.writeUInt32BE(crc32(body), body.length + 4)
  return whole
}

const samplesPerSecond = 8000

const samplesPerToken = 80

/** The length of a recording of this many tokens, in seconds. */
export const secondsOf = (tokens: number): number => (tokens * samplesPerToken) / samplesPerSecond

/** A hum of 10 ms for each token, in 16-bit samples. */
export const sampleHum = (tokens: ReadonlyArray<string>): ReadonlyArray<Uint8Array> =>
  tokens.map((token) => {
    const pitch = 200 + (hashOf(token) % 400)
    const bytes = Buffer.alloc(samplesPerToken * 2)
    for (let at = 0; at < samplesPerToken; at++) {
      bytes.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * pitch * at) / samplesPerSecond)), at * 2)
    }
    return bytes
  })

/** The beginning of a WAV file of so many bytes of samples, with the text that is spoken as its comment. */
export const wavHead = (samples: number, comment: string): Uint8Array => {
  const text = Buffer.from(`${comment}\0`)
  const list = Buffer.concat([Buffer.from("INFOICMT"), int32(text.length), text, Buffer.alloc(text.length % 2)])
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(samplesPerSecond, 4)
  format.writeUInt32LE(samplesPerSecond * 2, 8)
  format.writeUInt16LE(2, 12)
  format.writeUInt16LE(16, 14)
  const chunks = [
    Buffer.from("WAVEfmt "),
    int32(format.length),
    format,
    Buffer.from("LIST"),
    int32(list.length),
    list,
    Buffer.from("data"),
    int32(samples)
  ]
  const body = Buffer.concat(chunks)
  return Buffer.concat([Buffer.from("RIFF"), int32(body.length + samples), body])
}

/** The text of one of the simulator's own recordings; `undefined` for others. */
export const commentOf = (recording: Uint8Array): string | undefined => {
  const bytes = Buffer.from(recording.buffer, recording.byteOffset, recording.byteLength)
  const at = bytes.indexOf("INFOICMT")
  if (at < 0 || bytes.length < at + 12) return undefined
  const length = bytes.readUInt32LE(at + 8)
  return bytes.toString("utf8", at + 12, Math.max(at + 12, at + 12 + length - 1))
}

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
