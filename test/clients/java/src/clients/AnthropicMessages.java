package clients;

import static clients.Main.*;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.*;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** anthropic-java's messages. */
final class AnthropicMessages {
  private final AnthropicClient anthropic =
      AnthropicOkHttpClient.builder().baseUrl(GATEWAY).apiKey(KEY).maxRetries(0).build();

  static Map<String, Use> client() {
    var client = new AnthropicMessages();
    return Map.of(
        "whole", (cell, context) -> observe(client.anthropic.messages().create(request(cell).build())),
        "stream", client::stream,
        "helper", (cell, context) -> observe(client.accumulated(request(cell).build())),
        "tools", (cell, context) -> client.conversation(cell, params -> client.anthropic.messages().create(params)),
        "streamedTools", (cell, context) -> client.conversation(cell, client::accumulated),
        "structured", client::structured);
  }

  private static MessageCreateParams.Builder request(Cell cell) {
    var content = new ArrayList<ContentBlockParam>();
    content.add(ContentBlockParam.ofText(cell.prompt()));
    if (cell.image() != null)
      content.add(
          ContentBlockParam.ofImage(
              Base64ImageSource.builder()
                  .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                  .data(cell.image())
                  .build()));
    var builder =
        MessageCreateParams.builder()
            .model(cell.model())
            .maxTokens(4096)
            .addUserMessageOfContentBlockParams(content);
    if (cell.reasoning())
      builder
          .thinking(ThinkingConfigAdaptive.builder().build())
          .outputConfig(OutputConfig.builder().effort(OutputConfig.Effort.LOW).build());
    return builder;
  }

  private static Observation observe(Message message) {
    var text = new StringBuilder();
    var reasoning = new StringBuilder();
    for (var block : message.content()) {
      block.text().ifPresent(own -> text.append(own.text()));
      block.thinking().ifPresent(own -> reasoning.append(own.thinking()));
    }
    return Observation.of(
        text.toString(),
        reasoning.toString(),
        new Main.Usage(message.usage().inputTokens(), message.usage().outputTokens()));
  }

  private Observation stream(Cell cell, Context context) {
    var text = new StringBuilder();
    var reasoning = new StringBuilder();
    var usage = new long[2];
    try (var response = anthropic.messages().createStreaming(request(cell).build())) {
      context.onLeave(response::close);
      response.stream()
          .forEach(
              event -> {
                event.messageStart().ifPresent(start -> usage[0] = start.message().usage().inputTokens());
                event
                    .messageDelta()
                    .ifPresent(
                        delta -> {
                          usage[0] = delta.usage().inputTokens().orElse(usage[0]);
                          usage[1] = delta.usage().outputTokens();
                        });
                event
                    .contentBlockDelta()
                    .ifPresent(
                        delta -> {
                          delta.delta().thinking().ifPresent(own -> reasoning.append(own.thinking()));
                          delta.delta().text().ifPresent(own -> text.append(own.text()));
                          if (!text.isEmpty()) context.piece();
                        });
              });
    }
    return Observation.of(text.toString(), reasoning.toString(), new Main.Usage(usage[0], usage[1]));
  }

  private Message accumulated(MessageCreateParams params) {
    var accumulator = MessageAccumulator.create();
    try (var response = anthropic.messages().createStreaming(params)) {
      response.stream().forEach(accumulator::accumulate);
    }
    return accumulator.message();
  }

  private interface Send {
    Message send(MessageCreateParams params);
  }

  private Observation conversation(Cell cell, Send send) {
    var params =
        request(cell)
            .addTool(
                Tool.builder()
                    .name(TOOL)
                    .description(TOOL_DESCRIPTION)
                    .inputSchema(
                        Tool.InputSchema.builder()
                            .properties(
                                Tool.InputSchema.Properties.builder()
                                    .putAdditionalProperty("city", JsonValue.from(PROPERTIES.get("city")))
                                    .putAdditionalProperty("days", JsonValue.from(PROPERTIES.get("days")))
                                    .build())
                            .required(REQUIRED)
                            .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                            .build())
                    .build())
            .build();
    var first = send.send(params);
    var calls = new ArrayList<Call>();
    var results = new ArrayList<ContentBlockParam>();
    for (var block : first.content())
      block
          .toolUse()
          .ifPresent(
              call -> {
                calls.add(new Call(call.name(), call._input().convert(JsonNode.class)));
                results.add(
                    ContentBlockParam.ofToolResult(
                        ToolResultBlockParam.builder().toolUseId(call.id()).content(cell.toolResult()).build()));
              });
    var second =
        send.send(params.toBuilder().addMessage(first).addUserMessageOfContentBlockParams(results).build());
    return Observation.of(calls, observe(second).text());
  }

  private Observation structured(Cell cell, Context context) {
    var message = anthropic.messages().create(request(cell).outputConfig(Review.class).build());
    return Observation.of(message.content().get(0).text().get().text());
  }
}
