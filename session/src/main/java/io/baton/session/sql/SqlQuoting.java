package io.baton.session.sql;

/** The one place where identifiers and literals are quoted for SQL that Baton writes. */
public final class SqlQuoting {
  private SqlQuoting() {}

  /** An identifier as the server's quote_identifier() writes it: in quotes only where needed. */
  public static String identifier(String name) {
    if (isPlain(name) && !Keywords.needsQuotes(name)) {
      return name;
    }
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** The name of a relation, with its schema if one is known. */
  public static String relation(RelationName relation) {
    String schema = relation.schema();
    return (schema == null ? "" : identifier(schema) + '.') + identifier(relation.name());
  }

  /** A string constant that means the same whatever standard_conforming_strings is. */
  public static String literal(String value) {
    String quoted = '\'' + value.replace("'", "''") + '\'';
    return value.indexOf('\\') < 0 ? quoted : 'E' + quoted.replace("\\", "\\\\");
  }

  private static boolean isPlain(String name) {
    if (name.isEmpty() || SqlLexer.isDigit(name.charAt(0))) {
      return false;
    }
    for (int index = 0; index < name.length(); index++) {
      char c = name.charAt(index);
      if (!(c >= 'a' && c <= 'z') && c != '_' && !SqlLexer.isDigit(c)) {
        return false;
      }
    }
    return true;
  }
}
