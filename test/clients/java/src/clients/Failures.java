package clients;

import com.anthropic.errors.AnthropicServiceException;
import com.google.genai.errors.ApiException;
import com.openai.errors.OpenAIServiceException;
import dev.langchain4j.exception.LangChain4jException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** What clients say of their failures. */
final class Failures {
  private Failures() {}

  static Map<String, Object> describe(Throwable error) {
    var inner = error;
    while (inner.getCause() != null && (inner instanceof ExecutionException || !isOwn(inner))) inner = inner.getCause();
    if (!isOwn(inner)) inner = error instanceof ExecutionException ? error.getCause() : error;
    var failure = new HashMap<String, Object>();
    failure.put("class", inner.getClass().getSimpleName());
    failure.put("message", String.valueOf(inner.getMessage()));
    if (inner instanceof OpenAIServiceException own) add(failure, own.statusCode(), own.headers().values("retry-after"));
    if (inner instanceof AnthropicServiceException own) add(failure, own.statusCode(), own.headers().values("retry-after"));
    if (inner instanceof ApiException own) add(failure, own.code(), List.of());
    return failure;
  }

  private static boolean isOwn(Throwable error) {
    return error instanceof OpenAIServiceException
        || error instanceof AnthropicServiceException
        || error instanceof ApiException
        || error instanceof LangChain4jException;
  }

  private static void add(Map<String, Object> failure, int status, List<String> retryAfter) {
    failure.put("status", status);
    if (!retryAfter.isEmpty()) failure.put("retryAfter", retryAfter.get(0));
  }
}
