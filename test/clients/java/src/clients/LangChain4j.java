package clients;

import static clients.Main.*;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.anthropic.AnthropicChatModel;
import dev.langchain4j.model.anthropic.AnthropicStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.googleai.GeminiThinkingConfig;
import dev.langchain4j.model.googleai.GoogleAiGeminiChatModel;
import dev.langchain4j.model.googleai.GoogleAiGeminiStreamingChatModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** LangChain4j over one of its providers. */
final class LangChain4j {
  private static final Map<String, String> HEADERS = Map.of("authorization", "Bearer " + KEY);

  private LangChain4j() {}

  static Map<String, Use> client(String provider) {
    return Map.of(
        "whole", (cell, context) -> observe(model(provider, cell).chat(request(cell).build())),
        "stream", (cell, context) -> observe(stream(streaming(provider, cell), request(cell).build(), context)),
        "tools", (cell, context) -> conversation(cell, model(provider, cell)::chat),
        "streamedTools",
            (cell, context) -> {
              var model = streaming(provider, cell);
              return conversation(cell, request -> stream(model, request, context));
            },
        "structured", (cell, context) -> structured(model(provider, cell), cell));
  }

  private static ChatModel model(String provider, Cell cell) {
    return switch (provider) {
      case "openai" ->
          OpenAiChatModel.builder()
              .baseUrl(GATEWAY + "/v1")
              .apiKey(KEY)
              .maxRetries(0)
              .modelName(cell.model())
              .returnThinking(true)
              .reasoningEffort(cell.reasoning() ? "low" : null)
              .strictJsonSchema(true)
              .build();
      case "anthropic" ->
          AnthropicChatModel.builder()
              .baseUrl(GATEWAY + "/v1")
              .apiKey(KEY)
              .maxRetries(0)
              .modelName(cell.model())
              .maxTokens(4096)
              .returnThinking(true)
              .thinkingType(cell.reasoning() ? "adaptive" : null)
              .build();
      case "google" ->
          GoogleAiGeminiChatModel.builder()
              .baseUrl(GATEWAY + "/v1beta")
              .apiKey(KEY)
              .maxRetries(0)
              .modelName(cell.model())
              .returnThinking(true)
              .thinkingConfig(cell.reasoning() ? GeminiThinkingConfig.builder().includeThoughts(true).build() : null)
              .build();
      default ->
          OllamaChatModel.builder()
              .baseUrl(GATEWAY)
              .customHeaders(HEADERS)
              .maxRetries(0)
              .modelName(cell.model())
              .returnThinking(true)
              .think(cell.reasoning() ? true : null)
              .build();
    };
  }

  private static StreamingChatModel streaming(String provider, Cell cell) {
    return switch (provider) {
      case "openai" ->
          OpenAiStreamingChatModel.builder()
              .baseUrl(GATEWAY + "/v1")
              .apiKey(KEY)
              .modelName(cell.model())
              .returnThinking(true)
              .reasoningEffort(cell.reasoning() ? "low" : null)
              .build();
      case "anthropic" ->
          AnthropicStreamingChatModel.builder()
              .baseUrl(GATEWAY + "/v1")
              .apiKey(KEY)
              .modelName(cell.model())
              .maxTokens(4096)
              .returnThinking(true)
              .thinkingType(cell.reasoning() ? "adaptive" : null)
              .build();
      case "google" ->
          GoogleAiGeminiStreamingChatModel.builder()
              .baseUrl(GATEWAY + "/v1beta")
              .apiKey(KEY)
              .modelName(cell.model())
              .returnThinking(true)
              .thinkingConfig(cell.reasoning() ? GeminiThinkingConfig.builder().includeThoughts(true).build() : null)
              .build();
      default ->
          OllamaStreamingChatModel.builder()
              .baseUrl(GATEWAY)
              .customHeaders(HEADERS)
              .modelName(cell.model())
              .returnThinking(true)
              .think(cell.reasoning() ? true : null)
              .build();
    };
  }

  private static ChatMessage message(Cell cell) {
    return cell.image() == null
        ? UserMessage.from(cell.prompt())
        : UserMessage.from(TextContent.from(cell.prompt()), ImageContent.from(cell.image(), "image/png"));
  }

  private static ChatRequest.Builder request(Cell cell) {
    return ChatRequest.builder().messages(message(cell));
  }

  private static Observation observe(ChatResponse response) {
    var usage = response.tokenUsage();
    return Observation.of(
        response.aiMessage().text(),
        response.aiMessage().thinking(),
        new Usage(usage.inputTokenCount(), usage.outputTokenCount()));
  }

  private static ChatResponse stream(StreamingChatModel model, ChatRequest request, Context context) throws Exception {
    var whole = new CompletableFuture<ChatResponse>();
    model.chat(
        request,
        new StreamingChatResponseHandler() {
          private boolean begun;

          @Override
          public void onPartialResponse(PartialResponse partial, PartialResponseContext own) {
            if (!begun) context.onLeave(own.streamingHandle()::cancel);
            begun = true;
            context.piece();
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    return whole.get();
  }

  private interface Send {
    ChatResponse send(ChatRequest request) throws Exception;
  }

  private static Observation conversation(Cell cell, Send send) throws Exception {
    var tool =
        ToolSpecification.builder()
            .name(TOOL)
            .description(TOOL_DESCRIPTION)
            .parameters(
                JsonObjectSchema.builder()
                    .addStringProperty("city")
                    .addIntegerProperty("days")
                    .required(REQUIRED)
                    .additionalProperties(false)
                    .build())
            .build();
    var messages = new ArrayList<ChatMessage>(List.of(message(cell)));
    var first = send.send(ChatRequest.builder().messages(messages).toolSpecifications(tool).build()).aiMessage();
    messages.add(first);
    var calls = new ArrayList<Call>();
    for (var call : first.toolExecutionRequests()) {
      calls.add(new Call(call.name(), json(call.arguments())));
      messages.add(ToolExecutionResultMessage.from(call, cell.toolResult()));
    }
    var second = send.send(ChatRequest.builder().messages(messages).toolSpecifications(tool).build());
    return Observation.of(calls, second.aiMessage().text());
  }

  private static Observation structured(ChatModel model, Cell cell) throws Exception {
    var schema =
        JsonObjectSchema.builder()
            .addStringProperty("title")
            .addNumberProperty("score")
            .addProperty("tags", JsonArraySchema.builder().items(JsonStringSchema.builder().build()).build())
            .required("title", "score", "tags")
            .additionalProperties(false)
            .build();
    var format =
        ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(JsonSchema.builder().name("review").rootElement(schema).build())
            .build();
    return Observation.of(review(model.chat(request(cell).responseFormat(format).build()).aiMessage().text()));
  }
}
