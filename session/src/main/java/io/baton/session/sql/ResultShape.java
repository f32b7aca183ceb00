package io.baton.session.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the text of a query says of the rows of its result, as far as two servers may answer it
 * differently and both be right.
 *
 * <p>Rows come in no order but that of ORDER BY, and rows that are alike in its terms come in any
 * order. So the order of two results is compared by the values of those terms alone; that can be
 * done where each term is a column of the result.
 *
 * @param limited whether a limit of its own, LIMIT for one, chooses among its rows: those that are
 *     alike in the terms of ORDER BY may be exchanged for others
 * @param open whether something inside of it is left open, so that values may differ: a limit
 *     inside, an aggregate or a window that depends on the order of rows
 * @param keys the columns by which the result is ordered; null if there is no order, or a term of
 *     it cannot be found among the columns
 */
public record ResultShape(boolean limited, boolean open, @Nullable List<Key> keys) {

  /**
   * A column.
   *
   * @param position its position, from 1; 0 if it is known by its label
   * @param label its label; empty if it is known by its position
   */
  public record Key(int position, String label) {}

  private static final Set<String> LIMITS = Set.of("limit", "offset", "fetch");

  /** Functions whose value depends on the order of rows. */
  private static final Set<String> ORDER_DEPENDENT =
      Set.of(
          "array_agg",
          "string_agg",
          "json_agg",
          "jsonb_agg",
          "json_agg_strict",
          "jsonb_agg_strict",
          "json_arrayagg",
          "json_objectagg",
          "json_object_agg",
          "jsonb_object_agg",
          "xmlagg",
          "row_number",
          "ntile",
          "lag",
          "lead",
          "first_value",
          "last_value",
          "nth_value",
          "any_value",
          "mode");

  private static final Set<String> SET_OPERATIONS = Set.of("union", "intersect", "except");

  private static final Set<String> BEHIND_ORDER = Set.of("limit", "offset", "fetch", "for");

  static ResultShape of(Tokens tokens) {
    boolean limited = false;
    boolean open = false;
    int depth = 0;
    int select = -1;
    int from = -1;
    int order = -1;
    boolean combined = false;
    for (int index = 0; index < tokens.count(); index++) {
      if (tokens.isMark(index, '(') || tokens.isMark(index, '[')) {
        depth++;
      } else if (tokens.isMark(index, ')') || tokens.isMark(index, ']')) {
        depth--;
      } else if (tokens.kind(index) == TokenKind.WORD) {
        String word = tokens.word(index);
        boolean isCall = tokens.isMark(index + 1, '(');
        if (LIMITS.contains(word)) {
          limited |= depth == 0;
          open |= depth > 0;
        }
        open |= isCall && ORDER_DEPENDENT.contains(word);
        open |= word.equals("distinct") && tokens.isWord(index + 1, "on");
        if (depth == 0) {
          select = select < 0 && word.equals("select") ? index : select;
          from = select >= 0 && from < 0 && word.equals("from") ? index : from;
          order = word.equals("order") && tokens.isWord(index + 1, "by") ? index : order;
          combined |= SET_OPERATIONS.contains(word);
        }
      }
    }
    List<Key> keys =
        order < 0
            ? null
            : keys(
                tokens,
                order + 2,
                combined || select < 0
                    ? List.of()
                    : items(tokens, select, from < 0 ? order : from));
    return new ResultShape(limited, open, keys);
  }

  /** A run of tokens. */
  private record Span(int begin, int end) {}

  private static @Nullable List<Key> keys(Tokens tokens, int begin, List<Span> columns) {
    int end = begin;
    for (int depth = 0; end < tokens.count(); end++) {
      depth += opened(tokens, end);
      if (depth == 0
          && (tokens.isMark(end, ';')
              || (tokens.kind(end) == TokenKind.WORD && BEHIND_ORDER.contains(tokens.word(end))))) {
        break;
      }
    }
    List<Key> keys = new ArrayList<>();
    for (Span term : split(tokens, begin, end)) {
      Key key = key(tokens, bare(tokens, term), columns);
      if (key == null) {
        return null;
      }
      keys.add(key);
    }
    return keys;
  }

  private static @Nullable Key key(Tokens tokens, Span term, List<Span> columns) {
    if (term.end() - term.begin() == 1) {
      if (tokens.kind(term.begin()) == TokenKind.NUMBER) {
        String number = tokens.raw(term.begin());
        return number.matches("[0-9]{1,4}") ? new Key(Integer.parseInt(number), "") : null;
      }
      if (tokens.isName(term.begin())) {
        return new Key(0, tokens.identifier(term.begin()));
      }
    }
    for (int column = 0; column < columns.size(); column++) {
      Span item = columns.get(column);
      if (isStar(tokens, item)) {
        return null; // How many columns it stands for is not known.
      }
      if (isTerm(tokens, term, item)) {
        return new Key(column + 1, "");
      }
    }
    return null;
  }

  /** Whether the item is the term, with or without a label. */
  private static boolean isTerm(Tokens tokens, Span term, Span item) {
    int length = term.end() - term.begin();
    int rest = item.end() - item.begin() - length;
    if (length == 0 || rest < 0 || rest > 2) {
      return false;
    }
    for (int index = 0; index < length; index++) {
      if (!isSame(tokens, term.begin() + index, item.begin() + index)) {
        return false;
      }
    }
    int behind = item.begin() + length;
    return switch (rest) {
      case 0 -> true;
      case 1 -> tokens.isName(behind);
      default -> tokens.isWord(behind, "as") && tokens.isName(behind + 1);
    };
  }

  private static boolean isSame(Tokens tokens, int one, int other) {
    if (tokens.kind(one) == TokenKind.PLACEHOLDER || tokens.kind(one) != tokens.kind(other)) {
      return false; // Two parameters have two values.
    }
    return tokens.kind(one) == TokenKind.WORD
        ? tokens
            .raw(one)
            .toLowerCase(Locale.ROOT)
            .equals(tokens.raw(other).toLowerCase(Locale.ROOT))
        : tokens.raw(one).equals(tokens.raw(other));
  }

  private static boolean isStar(Tokens tokens, Span item) {
    return tokens.isMark(item.end() - 1, '*')
        && (item.end() - item.begin() == 1 || tokens.isMark(item.end() - 2, '.'));
  }

  /** The term without its direction, the place of nulls, and its collation. */
  private static Span bare(Tokens tokens, Span term) {
    int end = term.end();
    if (end - term.begin() > 2 && tokens.isWord(end - 2, "nulls")) {
      end -= 2;
    }
    if (end - term.begin() > 1
        && (tokens.isWord(end - 1, "asc") || tokens.isWord(end - 1, "desc"))) {
      end--;
    }
    if (end - term.begin() > 2 && tokens.isWord(end - 2, "collate")) {
      end -= 2;
    }
    return new Span(term.begin(), end);
  }

  /** What SELECT lists. */
  private static List<Span> items(Tokens tokens, int select, int end) {
    int begin = select + 1;
    if (tokens.isWord(begin, "all") || tokens.isWord(begin, "distinct")) {
      begin++;
      if (tokens.isWord(begin, "on") && tokens.isMark(begin + 1, '(')) {
        begin = tokens.closing(begin + 1) + 1;
      }
    }
    return split(tokens, begin, end);
  }

  private static List<Span> split(Tokens tokens, int begin, int end) {
    List<Span> spans = new ArrayList<>();
    int depth = 0;
    int from = begin;
    for (int index = begin; index < end; index++) {
      depth += opened(tokens, index);
      if (depth == 0 && tokens.isMark(index, ',')) {
        spans.add(new Span(from, index));
        from = index + 1;
      }
    }
    if (from < end) {
      spans.add(new Span(from, end));
    }
    return spans;
  }

  private static int opened(Tokens tokens, int index) {
    if (tokens.isMark(index, '(') || tokens.isMark(index, '[')) {
      return 1;
    }
    return tokens.isMark(index, ')') || tokens.isMark(index, ']') ? -1 : 0;
  }
}
