package io.baton.session.sql;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a hint comment, such as {@code baton:reader}: words after {@code baton:}, separated
 * by white space or commas. Unknown words are ignored, as the server ignores comments.
 *
 * @param routing where the statement is to run, or null
 * @param replayForbidden whether its transaction is not to be replayed
 */
record HintComment(@Nullable RoutingHint routing, boolean replayForbidden) {
  private static final HintComment NONE = new HintComment(null, false);
  private static final String PREFIX = "baton:";
  private static final String ENDPOINT = "endpoint=";

  static HintComment read(String inside) {
    String text = inside.strip();
    if (!text.startsWith(PREFIX)) {
      return NONE;
    }
    RoutingHint routing = null;
    boolean forbidden = false;
    for (String part : text.split("[\\s,]+", -1)) {
      String word = part.startsWith(PREFIX) ? part.substring(PREFIX.length()) : part;
      switch (word.toLowerCase(Locale.ROOT)) {
        case "writer" -> routing = new RoutingHint(RoutingHint.Target.WRITER, null);
        case "reader" -> routing = new RoutingHint(RoutingHint.Target.READER, null);
        case "no-replay" -> forbidden = true;
        default -> {
          if (word.startsWith(ENDPOINT)) {
            routing =
                new RoutingHint(RoutingHint.Target.ENDPOINT, word.substring(ENDPOINT.length()));
          }
        }
      }
    }
    return new HintComment(routing, forbidden);
  }
}
