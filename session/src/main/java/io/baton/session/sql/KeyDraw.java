package io.baton.session.sql;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A statement that draws keys from sequences, in one of the forms that can be rewritten to return
 * given keys: its replay can then return the keys that the application has seen.
 *
 * <p>Only forms whose text shows where a key comes from count. Whether a sequence fills a column is
 * up to the catalogue of the server.
 *
 * <p>Immutable.
 */
public sealed interface KeyDraw {

  /** The kind of {@link #relation}. */
  enum Kind {
    /** The sequence that is called. */
    CALL,
    /** The table whose defaults call one. */
    INSERTION
  }

  /** Returns whether it takes little memory, whatever its text. */
  boolean isSmall();

  /** Returns the kind of relation that the text names. */
  Kind kind();

  /** Returns the sequence, or the table, as the text names it. */
  RelationName relation();

  /**
   * Returns whether the value of this column of the result was drawn from a sequence, provided that
   * the default of the table's column of this name draws from one.
   */
  boolean draws(String column);

  /**
   * Returns the text rewritten to return these keys.
   *
   * @param keys by their column the key of each row, in the order of the rows; rows past the last
   *     one draw a new key
   */
  String giving(Map<String, List<Long>> keys);

  /**
   * {@code SELECT nextval('...')} and nothing else.
   *
   * @param relation the sequence
   * @param text the whole text
   * @param from where the call begins in the text
   * @param to where the call, or its alias, ends
   * @param column the name of the one column
   */
  record Call(RelationName relation, String text, int from, int to, String column)
      implements KeyDraw {

    @Override
    public boolean isSmall() {
      return true;
    }

    @Override
    public Kind kind() {
      return Kind.CALL;
    }

    @Override
    public boolean draws(String name) {
      return name.equals(column);
    }

    @Override
    public String giving(Map<String, List<Long>> keys) {
      List<Long> values = keys.getOrDefault(column, List.of());
      return values.isEmpty()
          ? text
          : text.substring(0, from)
              + values.get(0)
              + "::bigint as "
              + SqlQuoting.identifier(column)
              + text.substring(to);
    }
  }

  /**
   * {@code INSERT INTO ... (...) VALUES ...} without a source of rows or keys that the text does
   * not show: no query, no ON CONFLICT, no OVERRIDING, and of the inserted columns at most the
   * names in RETURNING.
   *
   * @param relation the table
   * @param text the whole text
   * @param columns the columns that the text gives values for
   * @param columnsFrom where the first of them begins in the text
   * @param columnsTo where their closing parenthesis ends
   * @param rows the values
   */
  record Insertion(
      RelationName relation,
      String text,
      List<String> columns,
      int columnsFrom,
      int columnsTo,
      List<Row> rows)
      implements KeyDraw {

    /** The values of one that is kept with the analysis of its text. */
    static final int MOST_KEPT = 24;

    /** One row of values, with where its first value begins in the text. */
    record Row(int from, List<Value> values) {}

    /** One value: where it stands in the text, and whether it is the word DEFAULT. */
    record Value(int from, int to, boolean isDefault) {}

    @Override
    public boolean isSmall() {
      return (long) columns.size() * rows.size() <= MOST_KEPT;
    }

    @Override
    public Kind kind() {
      return Kind.INSERTION;
    }

    @Override
    public boolean draws(String column) {
      int index = columns.indexOf(column);
      return index < 0 || rows.stream().allMatch(row -> row.values().get(index).isDefault());
    }

    @Override
    public String giving(Map<String, List<Long>> keys) {
      TreeMap<Integer, Value> replaced = new TreeMap<>();
      TreeMap<Integer, String> written = new TreeMap<>();
      keys.forEach(
          (column, values) -> {
            if (!columns.contains(column)) {
              written.merge(columnsFrom, SqlQuoting.identifier(column) + ", ", String::concat);
              for (int number = 0; number < rows.size(); number++) {
                written.merge(rows.get(number).from(), key(values, number) + ", ", String::concat);
              }
            }
          });
      keys.forEach(
          (column, values) -> {
            int index = columns.indexOf(column);
            for (int number = 0; index >= 0 && number < rows.size(); number++) {
              Value value = rows.get(number).values().get(index);
              replaced.put(value.from(), value);
              written.merge(value.from(), key(values, number), String::concat);
            }
          });
      written.put(columnsTo, " OVERRIDING SYSTEM VALUE ");
      return edited(written, replaced);
    }

    private static String key(List<Long> values, int number) {
      return number < values.size() ? values.get(number).toString() : "DEFAULT";
    }

    private String edited(TreeMap<Integer, String> written, TreeMap<Integer, Value> replaced) {
      StringBuilder edited = new StringBuilder(text.length() + 64);
      int at = 0;
      for (Map.Entry<Integer, String> edit : written.entrySet()) {
        edited.append(text, at, edit.getKey()).append(edit.getValue());
        @Nullable Value value = replaced.get(edit.getKey());
        at = value == null ? edit.getKey() : value.to();
      }
      return edited.append(text, at, text.length()).toString();
    }
  }
}
