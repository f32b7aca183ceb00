package io.baton.jdbc.pgjdbc;

import java.util.StringTokenizer;

/**
 * What the driver sends for a row that is changed, or read anew, through a result.
 *
 * <p>It takes the name of the table from the text of the query: it is the word behind the first
 * FROM, whatever that stands in. So a text that names the same table does the same to the session.
 */
public enum RowChange {
  /** {@code insertRow}. */
  INSERT {
    @Override
    String on(String only, String table) {
      return "INSERT INTO " + table + " DEFAULT VALUES";
    }
  },
  /** {@code updateRow}. */
  UPDATE {
    @Override
    String on(String only, String table) {
      return "UPDATE " + only + table + " SET baton_column = ? WHERE baton_column = ?";
    }
  },
  /** {@code deleteRow}. */
  DELETE {
    @Override
    String on(String only, String table) {
      return "DELETE FROM " + only + table + " WHERE baton_column = ?";
    }
  },
  /** {@code refreshRow}. */
  REFRESH {
    @Override
    String on(String only, String table) {
      return "SELECT baton_column FROM " + only + table + " WHERE baton_column = ?";
    }
  };

  /** Runs code that is not known. */
  private static final String ANYTHING = "DO hidden";

  private static final String BLANKS = " \r\t\n";
  private static final String FROM = "from";
  private static final String ONLY = "only";

  /** What the driver may replace before it looks for the table: escapes of JDBC. */
  private static final char ESCAPE = '{';

  /** The text for a table. */
  abstract String on(String only, String table);

  /**
   * Returns a text that does to its session what the change does.
   *
   * @param query the text of the query, which has one statement
   */
  public String text(String query) {
    StringTokenizer words = new StringTokenizer(query, BLANKS);
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      if (word.indexOf(ESCAPE) >= 0) {
        return ANYTHING;
      }
      if (word.equalsIgnoreCase(FROM) && words.hasMoreTokens()) {
        String table = words.nextToken();
        boolean isOnly = table.equalsIgnoreCase(ONLY) && words.hasMoreTokens();
        String named = isOnly ? words.nextToken() : table;
        return named.indexOf(ESCAPE) >= 0 ? ANYTHING : on(isOnly ? "ONLY " : "", named);
      }
    }
    return ANYTHING;
  }

  /** Returns a text that may do anything to its session. */
  public static String unknownText() {
    return ANYTHING;
  }
}
