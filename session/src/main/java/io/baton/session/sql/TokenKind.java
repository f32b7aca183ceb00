package io.baton.session.sql;

/** The lexical kinds that PostgreSQL and JDBC together distinguish. */
enum TokenKind {
  /** A keyword or identifier without quotes. */
  WORD,
  /** {@code "..."}. */
  QUOTED_IDENTIFIER,
  /** {@code U&"..."}. */
  UNICODE_IDENTIFIER,
  /** {@code '...'} or {@code N'...'}, backslashes being plain. */
  STRING,
  /** {@code E'...'}, and a plain string where standard_conforming_strings is off. */
  ESCAPE_STRING,
  /** {@code U&'...'}. */
  UNICODE_STRING,
  /** {@code B'...'} or {@code X'...'}. */
  BIT_STRING,
  /** {@code $tag$...$tag$}. */
  DOLLAR_STRING,
  /** A number without sign. */
  NUMBER,
  /** {@code ?}, a parameter of JDBC. */
  PLACEHOLDER,
  /** {@code $1}, a parameter of the server. */
  NUMBERED_PARAMETER,
  /** An operator of one or more characters. */
  OPERATOR,
  /** One of {@code ( ) [ ] , ; : . { }}, or {@code ::}, {@code :=}, {@code ..}. */
  SYMBOL,
  /** A character that has no place in SQL. */
  OTHER
}
