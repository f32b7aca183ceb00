package io.baton.session.sql;

/** A value in a statement's text, as far as the text shows it. */
public sealed interface Argument {
  /** SQL NULL, and DEFAULT where a setting is set. */
  Argument NULL = new Null();

  /** A value that only running the statement shows. */
  Argument HIDDEN = new Hidden();

  /** A constant, as the text that the server makes of it. */
  record Text(String text) implements Argument {}

  /** The value of a parameter, counted from 1. */
  record Parameter(int index) implements Argument {}

  /** SQL NULL. See {@link Argument#NULL}. */
  record Null() implements Argument {}

  /** An expression. See {@link Argument#HIDDEN}. */
  record Hidden() implements Argument {}
}
