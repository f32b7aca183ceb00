package io.baton.failover.reads;

import io.baton.session.sql.MomentWords;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The plan of a read, as {@code EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON)} shows it. The server has
 * put views, policies and the bodies of simple functions in it, so it shows what the text of the
 * read does not.
 *
 * @param nodes the kinds of its nodes, from the top, each with the relation that it reads
 * @param expressions what it computes and compares
 * @param isElsewhere whether it reads what replication does not carry: tables of the system, or of
 *     another server
 */
public record PlanReader(List<String> nodes, List<String> expressions, boolean isElsewhere) {

  private static final Pattern STRING =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"(\\s*:)?", Pattern.DOTALL);

  private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)", Pattern.DOTALL);

  private static final Set<String> FOREIGN =
      Set.of("pg_catalog", "information_schema", "pg_toast", "baton");

  /** Keys whose values are names. */
  private static final Set<String> NAMES =
      Set.of("Alias", "Index Name", "Function Name", "CTE Name");

  /** More nodes than these are not told: a table may have a thousand partitions. */
  private static final int MOST_NODES = 100;

  /** Makes one of copies. */
  public PlanReader {
    nodes = nodes.size() > MOST_NODES ? cutOff(nodes) : List.copyOf(nodes);
    expressions = List.copyOf(expressions);
  }

  private static List<String> cutOff(List<String> nodes) {
    List<String> first = new ArrayList<>(nodes.subList(0, MOST_NODES));
    first.add("and " + (nodes.size() - MOST_NODES) + " more");
    return List.copyOf(first);
  }

  /** Reads a plan. */
  public static PlanReader of(String json) {
    List<String> nodes = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    boolean elsewhere = false;
    boolean ofRelation = false;
    String key = "";
    Matcher strings = STRING.matcher(json);
    while (strings.find()) {
      String text = unescaped(strings.group(1));
      if (strings.group(2) != null) {
        key = text;
        continue;
      }
      switch (key) {
        case "Node Type" -> {
          nodes.add(text);
          ofRelation = false;
          elsewhere |= text.equals("Foreign Scan");
        }
        case "Relation Name" -> {
          nodes.set(nodes.size() - 1, nodes.get(nodes.size() - 1) + " on " + text);
          ofRelation = true;
        }
        case "Schema" -> elsewhere |= ofRelation && FOREIGN.contains(text);
        default -> {
          if (!NAMES.contains(key)) {
            expressions.add(text);
          }
        }
      }
    }
    return new PlanReader(nodes, expressions, elsewhere);
  }

  private static String unescaped(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(escape -> Matcher.quoteReplacement(meant(escape.group(1))));
  }

  private static String meant(String escaped) {
    return switch (escaped.charAt(0)) {
      case 'u' -> String.valueOf((char) Integer.parseInt(escaped.substring(1), 16));
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'b', 'f' -> " ";
      default -> escaped;
    };
  }

  /**
   * Returns why results of two servers cannot be compared; null if they can.
   *
   * @param clocked names of functions of the database that depend on the moment
   */
  public @Nullable String obstacle(Set<String> clocked) {
    if (isElsewhere) {
      return "it reads tables of the system, or of another server";
    }
    return expressions.stream().anyMatch(one -> MomentWords.areIn(one, clocked))
        ? "its result depends on the moment, or on the server"
        : null;
  }
}
