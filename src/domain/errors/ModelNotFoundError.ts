import { errorClass, sentence } from "./ErrorFields.ts"

/**
 * The provider has no such model, or the key has no access to it (usually 404).
 *
 * @since 0.1.0
 * @category errors
 */
export class ModelNotFoundError extends errorClass<ModelNotFoundError>()("ModelNotFoundError") {
  override get message(): string {
    return sentence(
      this,
      "the model was not found",
      "Check the model's name in the provider's list of models, and that the key may use it."
    )
  }
}
