package clients;

import static clients.Main.*;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.DefaultToolDefinition;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.util.MimeTypeUtils;

/** Spring AI's model of OpenAI. */
final class SpringAi {
  private SpringAi() {}

  static Map<String, Use> client() {
    return Map.of(
        "whole", (cell, context) -> observe(model(options(cell)).call(new Prompt(message(cell)))),
        "stream", SpringAi::stream,
        "tools", (cell, context) -> conversation(cell, OpenAiChatModel::call),
        "streamedTools", (cell, context) -> conversation(cell, SpringAi::aggregated),
        "structured", SpringAi::structured);
  }

  private static OpenAiChatOptions.Builder options(Cell cell) {
    var options = OpenAiChatOptions.builder();
    options.baseUrl(GATEWAY + "/v1");
    options.apiKey(KEY);
    options.maxRetries(0);
    options.model(cell.model());
    options.streamUsage(true);
    if (cell.reasoning()) options.reasoningEffort("low");
    return options;
  }

  private static OpenAiChatModel model(OpenAiChatOptions.Builder options) {
    return OpenAiChatModel.builder().options(options.build()).build();
  }

  private static Message message(Cell cell) {
    var builder = UserMessage.builder().text(cell.prompt());
    if (cell.image() != null)
      builder.media(
          Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(Base64.getDecoder().decode(cell.image())).build());
    return builder.build();
  }

  private static Observation observe(ChatResponse response) {
    var usage = response.getMetadata().getUsage();
    return Observation.of(
        response.getResult().getOutput().getText(),
        null,
        new Usage(usage.getPromptTokens(), usage.getCompletionTokens()));
  }

  private static Observation stream(Cell cell, Context context) throws Exception {
    var whole = new AtomicReference<ChatResponse>();
    var failure = new AtomicReference<Throwable>();
    var done = new CountDownLatch(1);
    var pieces =
        model(options(cell)).stream(new Prompt(message(cell)))
            .doOnNext(
                piece -> {
                  var text = piece.getResult() == null ? null : piece.getResult().getOutput().getText();
                  if (text != null && !text.isEmpty()) context.piece();
                });
    var running =
        new MessageAggregator()
            .aggregate(pieces, whole::set)
            .doFinally(signal -> done.countDown())
            .subscribe(piece -> {}, failure::set);
    context.onLeave(running::dispose);
    done.await();
    if (failure.get() != null) throw new java.util.concurrent.ExecutionException(failure.get());
    return observe(whole.get());
  }

  private interface Send {
    ChatResponse send(OpenAiChatModel model, Prompt prompt);
  }

  private static ChatResponse aggregated(OpenAiChatModel model, Prompt prompt) {
    var whole = new AtomicReference<ChatResponse>();
    new MessageAggregator().aggregate(model.stream(prompt), whole::set).blockLast();
    return whole.get();
  }

  private static Observation conversation(Cell cell, Send send) throws Exception {
    var definition =
        DefaultToolDefinition.builder()
            .name(TOOL)
            .description(TOOL_DESCRIPTION)
            .inputSchema(JSON.writeValueAsString(TOOL_PARAMETERS))
            .build();
    var options = options(cell);
    options.toolCallbacks(
        new ToolCallback() {
          @Override
          public ToolDefinition getToolDefinition() {
            return definition;
          }

          @Override
          public String call(String input) {
            return cell.toolResult();
          }
        });
    var model = model(options);
    var messages = new ArrayList<Message>(List.of(message(cell)));
    var first = send.send(model, new Prompt(messages)).getResult().getOutput();
    messages.add(first);
    var calls = new ArrayList<Call>();
    var results = new ArrayList<ToolResponseMessage.ToolResponse>();
    for (var call : first.getToolCalls()) {
      calls.add(new Call(call.name(), json(call.arguments())));
      results.add(new ToolResponseMessage.ToolResponse(call.id(), call.name(), cell.toolResult()));
    }
    messages.add(ToolResponseMessage.builder().responses(results).build());
    return Observation.of(calls, send.send(model, new Prompt(messages)).getResult().getOutput().getText());
  }

  private static Observation structured(Cell cell, Context context) throws Exception {
    var options = options(cell);
    options.outputSchema(JSON.writeValueAsString(REVIEW_SCHEMA));
    var text = model(options).call(new Prompt(message(cell))).getResult().getOutput().getText();
    return Observation.of(review(text));
  }
}
