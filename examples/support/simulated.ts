import { Effect, Layer } from "effect"
import { OpenAiCompatible } from "effect-llm"
import { Simulator } from "effect-llm/testing/Simulator"

/** The simulator, as a provider: its models behave as their names say (`sim-healthy`, `sim-429`, `sim-cut`, …). */
export class Simulated extends OpenAiCompatible.Service<Simulated>()({ id: "simulator", auth: "none" }) {}

/** Starts the simulator on a free port, for as long as the program runs. */
export const layerSimulated = Layer.unwrap(
  Effect.map(Simulator, (simulator) => Simulated.layer({ baseUrl: simulator.openAiUrl }))
).pipe(Layer.provide(Simulator.layer()))
