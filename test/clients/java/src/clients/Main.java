package clients;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The programs of the clients in Java, in one: the first argument names the client. Each reads what to run from standard input, a
 * line of JSON each, runs it with the client, and writes what the client made of it.
 */
public final class Main {
  static final String GATEWAY = System.getenv("GATEWAY_URL");
  static final String KEY = System.getenv("GATEWAY_KEY");
  static final ObjectMapper JSON =
      new ObjectMapper()
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
          .setSerializationInclusion(JsonInclude.Include.NON_NULL);

  /** One use of a client. */
  public record Cell(
      String id, String use, String model, String prompt, String image, boolean reasoning, String toolResult, String leave) {}

  /** What a client made of a cell. */
  public record Observation(String text, String reasoning, Usage usage, List<Call> calls, Object value) {
    static Observation of(String text, String reasoning, Usage usage) {
      return new Observation(text, reasoning, usage, null, null);
    }

    static Observation of(List<Call> calls, String text) {
      return new Observation(text, null, null, calls, null);
    }

    static Observation of(Review value) {
      return new Observation(null, null, null, null, value);
    }
  }

  public record Usage(long input, long output) {}

  public record Call(String name, JsonNode input) {}

  /** The output that models are asked for. */
  public static final class Review {
    public String title;
    public double score;
    public List<String> tags;
  }

  static final Map<String, Object> PROPERTIES = Map.of("city", Map.of("type", "string"), "days", Map.of("type", "integer"));
  static final List<String> REQUIRED = List.of("city", "days");

  /** The tool that models call. */
  static final String TOOL = "get_weather";

  static final String TOOL_DESCRIPTION = "The weather of a city.";
  static final Map<String, Object> TOOL_PARAMETERS =
      Map.of("type", "object", "properties", PROPERTIES, "required", REQUIRED, "additionalProperties", false);

  static final Map<String, Object> REVIEW_SCHEMA =
      Map.of(
          "type", "object",
          "properties",
              Map.of(
                  "title", Map.of("type", "string"),
                  "score", Map.of("type", "number"),
                  "tags", Map.of("type", "array", "items", Map.of("type", "string"))),
          "required", List.of("title", "score", "tags"),
          "additionalProperties", false);

  interface Use {
    Observation run(Cell cell, Context context) throws Exception;
  }

  /** How the harness lets a client leave its call. */
  static final class Context {
    private final boolean atFirstPiece;
    private final List<Runnable> leaving = new ArrayList<>();
    private Long abortedAt;

    Context(boolean atFirstPiece) {
      this.atFirstPiece = atFirstPiece;
    }

    /** To be called for each piece of a stream. */
    void piece() {
      if (atFirstPiece) leave();
    }

    /** How the client leaves. */
    synchronized void onLeave(Runnable leave) {
      leaving.add(leave);
    }

    synchronized void leave() {
      if (abortedAt != null) return;
      abortedAt = System.currentTimeMillis();
      leaving.forEach(Runnable::run);
    }
  }

  static JsonNode json(String text) throws Exception {
    return JSON.readTree(text);
  }

  static Review review(String text) throws Exception {
    return JSON.readValue(text, Review.class);
  }

  private static Map<String, Use> client(String name) {
    return switch (name) {
      case "openai-chat" -> OpenAIChat.client();
      case "openai-responses" -> OpenAIResponses.client();
      case "anthropic" -> AnthropicMessages.client();
      case "google-genai" -> GoogleGenai.client();
      case "langchain4j-openai", "langchain4j-anthropic", "langchain4j-google", "langchain4j-ollama" ->
          LangChain4j.client(name.substring("langchain4j-".length()));
      case "spring-ai" -> SpringAi.client();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Map<String, Object> run(Map<String, Use> client, Cell cell, Context context, ExecutorService threads) {
    var line = new java.util.HashMap<String, Object>(Map.of("id", cell.id));
    var use = client.get(cell.use);
    if (use == null) {
      line.put("missing", true);
      return line;
    }
    Future<Observation> running = threads.submit(() -> use.run(cell, context));
    context.onLeave(() -> running.cancel(true));
    try {
      line.putAll(JSON.convertValue(running.get(20, TimeUnit.SECONDS), Map.class));
    } catch (TimeoutException late) {
      running.cancel(true);
      line.put("error", Map.of("class", "TimeoutException", "message", "took longer than 20 s"));
    } catch (java.util.concurrent.CancellationException left) {
      line.put("error", Map.of("class", "CancellationException", "message", "left"));
    } catch (Exception error) {
      line.put("error", Failures.describe(error));
    }
    if (context.abortedAt != null) line.put("abortedAt", context.abortedAt);
    return line;
  }

  public static void main(String[] args) throws Exception {
    var client = client(args[0]);
    var cells = new LinkedBlockingQueue<Cell>();
    var threads = Executors.newCachedThreadPool();
    var end = new Cell(null, null, null, null, null, false, null, null);
    var current = new Context[1];
    var reading =
        new Thread(
            () -> {
              try (var input = new BufferedReader(new InputStreamReader(System.in))) {
                for (var line = input.readLine(); line != null; line = input.readLine()) {
                  if (line.equals("\"leave\"")) current[0].leave();
                  else cells.add(JSON.readValue(line, Cell.class));
                }
              } catch (Exception error) {
                error.printStackTrace();
              }
              cells.add(end);
            });
    reading.start();
    for (var cell = cells.take(); cell != end; cell = cells.take()) {
      current[0] = new Context("at-first-piece".equals(cell.leave));
      System.out.println(JSON.writeValueAsString(run(client, cell, current[0], threads)));
    }
    System.exit(0);
  }
}
