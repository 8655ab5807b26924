package clients;

import static clients.Main.*;

import com.google.genai.Chat;
import com.google.genai.types.Content;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.FunctionResponse;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Google's client for Java. */
final class GoogleGenai {
  private final com.google.genai.Client google =
      com.google.genai.Client.builder()
          .apiKey(KEY)
          .httpOptions(
              HttpOptions.builder()
                  .baseUrl(GATEWAY)
                  .retryOptions(HttpRetryOptions.builder().attempts(1).build())
                  .build())
          .build();

  static Map<String, Use> client() {
    var client = new GoogleGenai();
    return Map.of(
        "whole", client::whole,
        "stream", client::stream,
        "helper", client::helper,
        "tools", (cell, context) -> client.conversation(cell, (chat, content) -> List.of(chat.sendMessage(content))),
        "streamedTools", (cell, context) -> client.conversation(cell, GoogleGenai::streamed),
        "structured", client::structured);
  }

  private static Content content(Cell cell) {
    var parts = new ArrayList<Part>();
    parts.add(Part.fromText(cell.prompt()));
    if (cell.image() != null) parts.add(Part.fromBytes(Base64.getDecoder().decode(cell.image()), "image/png"));
    return Content.builder().role("user").parts(parts).build();
  }

  private static GenerateContentConfig.Builder config(Cell cell) {
    var builder = GenerateContentConfig.builder();
    if (cell.reasoning()) builder.thinkingConfig(ThinkingConfig.builder().includeThoughts(true).build());
    return builder;
  }

  /** What the parts of a response add up to. */
  private static final class Sum {
    final StringBuilder text = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    Usage usage;

    void add(GenerateContentResponse response) {
      for (var part : parts(response))
        part.text().ifPresent(part.thought().orElse(false) ? reasoning::append : text::append);
      response
          .usageMetadata()
          .ifPresent(
              own ->
                  usage =
                      new Usage(
                          own.promptTokenCount().orElse(0),
                          own.candidatesTokenCount().orElse(0) + own.thoughtsTokenCount().orElse(0)));
    }

    Observation observed() {
      return Observation.of(text.toString(), reasoning.toString(), usage);
    }
  }

  private static List<Part> parts(GenerateContentResponse response) {
    return response.candidates().orElse(List.of()).stream()
        .flatMap(candidate -> candidate.content().stream())
        .flatMap(content -> content.parts().orElse(List.of()).stream())
        .toList();
  }

  private Observation whole(Cell cell, Context context) {
    var sum = new Sum();
    sum.add(google.models.generateContent(cell.model(), content(cell), config(cell).build()));
    return sum.observed();
  }

  private Observation stream(Cell cell, Context context) {
    var sum = new Sum();
    try (var responses = google.models.generateContentStream(cell.model(), content(cell), config(cell).build())) {
      context.onLeave(responses::close);
      for (var response : responses) {
        sum.add(response);
        if (!sum.text.isEmpty()) context.piece();
      }
    }
    return sum.observed();
  }

  private static List<GenerateContentResponse> streamed(Chat chat, Content content) {
    var all = new ArrayList<GenerateContentResponse>();
    try (var responses = chat.sendMessageStream(content)) {
      responses.forEach(all::add);
    }
    return all;
  }

  private Observation helper(Cell cell, Context context) {
    var sum = new Sum();
    streamed(google.chats.create(cell.model()), content(cell)).forEach(sum::add);
    return sum.observed();
  }

  private interface Send {
    List<GenerateContentResponse> send(Chat chat, Content content);
  }

  private Observation conversation(Cell cell, Send send) {
    var chat =
        google.chats.create(
            cell.model(),
            GenerateContentConfig.builder()
                .tools(
                    Tool.builder()
                        .functionDeclarations(
                            FunctionDeclaration.builder()
                                .name(TOOL)
                                .description(TOOL_DESCRIPTION)
                                .parametersJsonSchema(TOOL_PARAMETERS)
                                .build())
                        .build())
                .build());
    var calls = new ArrayList<Call>();
    var results = new ArrayList<Part>();
    for (var response : send.send(chat, content(cell)))
      for (var part : parts(response))
        part.functionCall()
            .ifPresent(
                call -> {
                  calls.add(new Call(call.name().get(), JSON.valueToTree(call.args().get())));
                  var result =
                      FunctionResponse.builder()
                          .name(call.name().get())
                          .response(Map.of("output", cell.toolResult()));
                  call.id().ifPresent(result::id);
                  results.add(Part.builder().functionResponse(result.build()).build());
                });
    var sum = new Sum();
    send.send(chat, Content.builder().role("user").parts(results).build()).forEach(sum::add);
    return Observation.of(calls, sum.text.toString());
  }

  private Observation structured(Cell cell, Context context) throws Exception {
    var config = config(cell).responseMimeType("application/json").responseJsonSchema(REVIEW_SCHEMA).build();
    return Observation.of(review(google.models.generateContent(cell.model(), content(cell), config).text()));
  }
}
