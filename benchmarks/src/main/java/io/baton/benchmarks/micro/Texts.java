package io.baton.benchmarks.micro;

import java.util.Locale;

/** SQL texts of a kind that applications and their mappers make. */
final class Texts {
  private Texts() {}

  /** A query of about that many characters, with literals, comments and casts in it. */
  static String query(int characters) {
    StringBuilder text =
        new StringBuilder("select a.id, a.balance /* the sum */ from account a where a.id = ?");
    for (int i = 0; text.length() < characters; i++) {
      text.append(" or (a.\"label\" = 'it''s ")
          .append(i)
          .append("' and a.amount > ")
          .append(i)
          .append(".5::numeric) -- line ")
          .append(i)
          .append('\n');
    }
    return text.toString();
  }

  /** One of many texts that differ in a literal, as they come from code without parameters. */
  static String distinct(int number) {
    return String.format(
        Locale.ROOT, "select id, balance, label from account where id = %d and valid", number);
  }
}
