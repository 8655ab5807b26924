package clients;

import static clients.Main.*;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.responses.*;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** openai-java's responses. */
final class OpenAIResponses {
  private final OpenAIClient openai = OpenAIChat.openai();

  static Map<String, Use> client() {
    var client = new OpenAIResponses();
    return Map.of(
        "whole", (cell, context) -> observe(client.openai.responses().create(request(cell).build())),
        "stream", client::stream,
        "helper", (cell, context) -> observe(client.accumulated(request(cell).build())),
        "tools", (cell, context) -> client.conversation(cell, params -> client.openai.responses().create(params)),
        "streamedTools", (cell, context) -> client.conversation(cell, client::accumulated),
        "structured", client::structured);
  }

  private static ResponseCreateParams.Builder request(Cell cell) {
    var content = new ArrayList<ResponseInputContent>();
    content.add(ResponseInputContent.ofInputText(ResponseInputText.builder().text(cell.prompt()).build()));
    if (cell.image() != null)
      content.add(
          ResponseInputContent.ofInputImage(
              ResponseInputImage.builder()
                  .detail(ResponseInputImage.Detail.AUTO)
                  .imageUrl("data:image/png;base64," + cell.image())
                  .build()));
    var builder =
        ResponseCreateParams.builder()
            .model(cell.model())
            .inputOfResponse(
                List.of(
                    ResponseInputItem.ofEasyInputMessage(
                        EasyInputMessage.builder()
                            .role(EasyInputMessage.Role.USER)
                            .contentOfResponseInputMessageContentList(content)
                            .build())));
    if (cell.reasoning())
      builder.reasoning(Reasoning.builder().effort(ReasoningEffort.LOW).summary(Reasoning.Summary.AUTO).build());
    return builder;
  }

  private static String text(Response response) {
    var text = new StringBuilder();
    for (var item : response.output())
      item.message()
          .ifPresent(
              message ->
                  message.content().forEach(part -> part.outputText().ifPresent(output -> text.append(output.text()))));
    return text.toString();
  }

  private static Observation observe(Response response) {
    var reasoning = new StringBuilder();
    for (var item : response.output())
      item.reasoning().ifPresent(own -> own.summary().forEach(summary -> reasoning.append(summary.text())));
    var usage = response.usage().get();
    return Observation.of(
        text(response), reasoning.toString(), new Usage(usage.inputTokens(), usage.outputTokens()));
  }

  private Observation stream(Cell cell, Context context) {
    var text = new StringBuilder();
    var reasoning = new StringBuilder();
    var usage = new Usage[1];
    try (var response = openai.responses().createStreaming(request(cell).build())) {
      context.onLeave(response::close);
      response.stream()
          .forEach(
              event -> {
                event.reasoningSummaryTextDelta().ifPresent(delta -> reasoning.append(delta.delta()));
                event
                    .completed()
                    .flatMap(completed -> completed.response().usage())
                    .ifPresent(own -> usage[0] = new Usage(own.inputTokens(), own.outputTokens()));
                event
                    .failed()
                    .ifPresent(
                        failed -> {
                          throw new IllegalStateException(failed.response().error().get().message());
                        });
                event
                    .outputTextDelta()
                    .ifPresent(
                        delta -> {
                          text.append(delta.delta());
                          context.piece();
                        });
              });
    }
    return Observation.of(text.toString(), reasoning.toString(), usage[0]);
  }

  private Response accumulated(ResponseCreateParams params) {
    var accumulator = ResponseAccumulator.create();
    try (var response = openai.responses().createStreaming(params)) {
      response.stream().forEach(accumulator::accumulate);
    }
    return accumulator.response();
  }

  private interface Send {
    Response send(ResponseCreateParams params);
  }

  private Observation conversation(Cell cell, Send send) throws Exception {
    var tool =
        FunctionTool.builder()
            .name(TOOL)
            .description(TOOL_DESCRIPTION)
            .strict(true)
            .parameters(
                FunctionTool.Parameters.builder()
                    .putAdditionalProperty("type", JsonValue.from("object"))
                    .putAdditionalProperty("properties", JsonValue.from(PROPERTIES))
                    .putAdditionalProperty("required", JsonValue.from(REQUIRED))
                    .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                    .build())
            .build();
    var first = send.send(request(cell).addTool(tool).build());
    var calls = new ArrayList<Call>();
    var outputs = new ArrayList<ResponseInputItem>();
    for (var item : first.output()) {
      if (!item.isFunctionCall()) continue;
      var call = item.asFunctionCall();
      calls.add(new Call(call.name(), json(call.arguments())));
      outputs.add(
          ResponseInputItem.ofFunctionCallOutput(
              ResponseInputItem.FunctionCallOutput.builder().callId(call.callId()).output(cell.toolResult()).build()));
    }
    var second =
        send.send(
            ResponseCreateParams.builder()
                .model(cell.model())
                .addTool(tool)
                .previousResponseId(first.id())
                .inputOfResponse(outputs)
                .build());
    return Observation.of(calls, text(second));
  }

  private Observation structured(Cell cell, Context context) {
    for (var item : openai.responses().create(request(cell).text(Review.class).build()).output())
      for (var message : item.message().stream().toList())
        for (var part : message.content()) return Observation.of(part.outputText().get());
    throw new IllegalStateException("no text");
  }
}
