package io.baton.session.sql;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

  /** What a server must have is a list with commas, up to the next white space. */
  private static final Pattern NEEDS =
      Pattern.compile("(?:(?<=^|[\\s,])baton:|(?<=[\\s,]))needs=(\\S*)", Pattern.CASE_INSENSITIVE);

  static HintComment read(String inside) {
    String text = inside.strip();
    if (!text.startsWith(PREFIX)) {
      return NONE;
    }
    RoutingHint routing = null;
    boolean forbidden = false;
    Matcher needing = NEEDS.matcher(text);
    String needs = needing.find() ? needing.group(1) : null;
    for (String part : needing.replaceAll(" ").split("[\\s,]+", -1)) {
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
    if (needs != null) {
      routing =
          routing == null
              ? new RoutingHint(RoutingHint.Target.READER, null, needs)
              : new RoutingHint(routing.target(), routing.endpoint(), needs);
    }
    return new HintComment(routing, forbidden);
  }
}
