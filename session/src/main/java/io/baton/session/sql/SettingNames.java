package io.baton.session.sql;

import java.util.Set;

/** What is known beforehand about the server's settings by name. */
public final class SettingNames {
  /** The setting that SET SESSION AUTHORIZATION sets. */
  public static final String SESSION_AUTHORIZATION = "session_authorization";

  /** The setting that SET ROLE sets. */
  public static final String ROLE = "role";

  /** The setting of the order in which schemas are searched. */
  public static final String SEARCH_PATH = "search_path";

  /** The setting of the isolation level of transactions that name none. */
  public static final String DEFAULT_ISOLATION = "default_transaction_isolation";

  /** The setting that makes backslashes in plain strings plain. */
  public static final String STANDARD_CONFORMING_STRINGS = "standard_conforming_strings";

  /** The setting that is no value but an act, as setseed() is. */
  public static final String SEED = "seed";

  /** The setting that is merged from its old and its new value. */
  public static final String DATE_STYLE = "datestyle";

  /** Settings that belong to the transaction and are set anew at the beginning of each. */
  private static final Set<String> OF_TRANSACTION =
      Set.of("transaction_isolation", "transaction_read_only", "transaction_deferrable");

  /** Settings that are lists of identifiers, each of which the server quotes (GUC_LIST_QUOTE). */
  private static final Set<String> IDENTIFIER_LISTS =
      Set.of(
          "search_path",
          "temp_tablespaces",
          "local_preload_libraries",
          "session_preload_libraries",
          "shared_preload_libraries",
          "unix_socket_directories");

  private SettingNames() {}

  /**
   * A name as this module writes it: names are compared without regard to case, but for letters
   * that are not ASCII.
   */
  public static String normalize(String name) {
    String lower = folded(name);
    return switch (lower) {
      case "sort_mem" -> "work_mem";
      case "vacuum_mem" -> "maintenance_work_mem";
      default -> lower;
    };
  }

  private static String folded(String name) {
    StringBuilder folded = null;
    for (int index = 0; index < name.length(); index++) {
      char letter = name.charAt(index);
      if (letter >= 'A' && letter <= 'Z') {
        folded = folded == null ? new StringBuilder(name) : folded;
        folded.setCharAt(index, (char) (letter + ('a' - 'A')));
      }
    }
    return folded == null ? name : folded.toString();
  }

  /** Whether setting it does what setseed() does: nothing of it can be read back. */
  public static boolean isSeed(String name) {
    return name.equals(SEED);
  }

  /** Whether it ends with the transaction. */
  public static boolean isOfTransaction(String name) {
    return OF_TRANSACTION.contains(name);
  }

  /** Whether RESET ALL leaves it alone. */
  public static boolean survivesResetAll(String name) {
    return name.equals(ROLE) || name.equals(SESSION_AUTHORIZATION) || isOfTransaction(name);
  }

  /** Whether its value is a list of identifiers. */
  public static boolean isIdentifierList(String name) {
    return IDENTIFIER_LISTS.contains(name);
  }

  /** Whether it is of the application's or an extension's making: its name has a dot. */
  public static boolean isCustom(String name) {
    return name.indexOf('.') >= 0;
  }
}
