package clients;

import static clients.Main.*;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ReasoningEffort;
import com.openai.models.chat.completions.*;
import com.openai.models.completions.CompletionUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** openai-java's chat completions. */
final class OpenAIChat {
  private final OpenAIClient openai = openai();

  static OpenAIClient openai() {
    return OpenAIOkHttpClient.builder().baseUrl(GATEWAY + "/v1").apiKey(KEY).maxRetries(0).build();
  }

  static Map<String, Use> client() {
    var client = new OpenAIChat();
    return Map.of(
        "whole", client::whole,
        "stream", client::stream,
        "helper", client::helper,
        "tools", (cell, context) -> client.conversation(cell, params -> client.openai.chat().completions().create(params)),
        "streamedTools", (cell, context) -> client.conversation(cell, params -> client.accumulated(params)),
        "structured", client::structured);
  }

  private static ChatCompletionCreateParams.Builder request(Cell cell) {
    var builder = ChatCompletionCreateParams.builder().model(cell.model());
    if (cell.image() == null) builder.addUserMessage(cell.prompt());
    else
      builder.addUserMessageOfArrayOfContentParts(
          List.of(
              ChatCompletionContentPart.ofText(ChatCompletionContentPartText.builder().text(cell.prompt()).build()),
              ChatCompletionContentPart.ofImageUrl(
                  ChatCompletionContentPartImage.builder()
                      .imageUrl(
                          ChatCompletionContentPartImage.ImageUrl.builder()
                              .url("data:image/png;base64," + cell.image())
                              .build())
                      .build())));
    if (cell.reasoning()) builder.reasoningEffort(ReasoningEffort.LOW);
    return builder;
  }

  private static ChatCompletionCreateParams streamed(ChatCompletionCreateParams params) {
    return params.toBuilder().streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build()).build();
  }

  private static Usage usage(CompletionUsage usage) {
    return new Usage(usage.promptTokens(), usage.completionTokens());
  }

  private static String reasoning(Map<String, JsonValue> fields) {
    var value = fields.get("reasoning_content");
    return value == null ? "" : value.convert(String.class);
  }

  private Observation whole(Cell cell, Context context) {
    var completion = openai.chat().completions().create(request(cell).build());
    var message = completion.choices().get(0).message();
    return Observation.of(
        message.content().orElse(null), reasoning(message._additionalProperties()), usage(completion.usage().get()));
  }

  private Observation stream(Cell cell, Context context) {
    var text = new StringBuilder();
    var reasoning = new StringBuilder();
    var usage = new Usage[1];
    try (var response = openai.chat().completions().createStreaming(streamed(request(cell).build()))) {
      context.onLeave(response::close);
      response.stream()
          .forEach(
              chunk -> {
                chunk.usage().ifPresent(last -> usage[0] = usage(last));
                for (var choice : chunk.choices()) {
                  choice.delta().content().ifPresent(text::append);
                  var thought = reasoning(choice.delta()._additionalProperties());
                  if (thought != null) reasoning.append(thought);
                }
                if (!text.isEmpty()) context.piece();
              });
    }
    return Observation.of(text.toString(), reasoning.toString(), usage[0]);
  }

  private ChatCompletion accumulated(ChatCompletionCreateParams params) {
    var accumulator = ChatCompletionAccumulator.create();
    try (var response = openai.chat().completions().createStreaming(streamed(params))) {
      response.stream().forEach(accumulator::accumulate);
    }
    return accumulator.chatCompletion();
  }

  private Observation helper(Cell cell, Context context) {
    var completion = accumulated(request(cell).build());
    return Observation.of(
        completion.choices().get(0).message().content().orElse(null), null, usage(completion.usage().get()));
  }

  private interface Send {
    ChatCompletion send(ChatCompletionCreateParams params);
  }

  private Observation conversation(Cell cell, Send send) throws Exception {
    var params =
        request(cell)
            .addTool(
                ChatCompletionFunctionTool.builder()
                    .function(
                        FunctionDefinition.builder()
                            .name(TOOL)
                            .description(TOOL_DESCRIPTION)
                            .parameters(
                                FunctionParameters.builder()
                                    .putAllAdditionalProperties(
                                        JsonValue.from(TOOL_PARAMETERS).convert(OBJECT))
                                    .build())
                            .build())
                    .build())
            .build();
    var message = send.send(params).choices().get(0).message();
    var next = params.toBuilder().addMessage(message);
    var calls = new ArrayList<Call>();
    for (var call : message.toolCalls().orElse(List.of())) {
      var function = call.asFunction();
      calls.add(new Call(function.function().name(), json(function.function().arguments())));
      next.addMessage(
          ChatCompletionToolMessageParam.builder().toolCallId(function.id()).content(cell.toolResult()).build());
    }
    return Observation.of(calls, send.send(next.build()).choices().get(0).message().content().orElse(null));
  }

  private static final com.fasterxml.jackson.core.type.TypeReference<Map<String, JsonValue>> OBJECT =
      new com.fasterxml.jackson.core.type.TypeReference<>() {};

  private Observation structured(Cell cell, Context context) {
    var completion = openai.chat().completions().create(request(cell).responseFormat(Review.class).build());
    return Observation.of(completion.choices().get(0).message().content().get());
  }
}
