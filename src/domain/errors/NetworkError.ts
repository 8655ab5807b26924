import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The provider could not be reached, or the connection broke before the response was complete.
 *
 * @since 0.1.0
 * @category errors
 */
export class NetworkError extends errorClass<NetworkError>()("NetworkError") {
  override get message(): string {
    return sentence(this, "the connection failed", "Check the address and the network; retrying is safe.")
  }
}
