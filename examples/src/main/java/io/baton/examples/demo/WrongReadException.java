package io.baton.examples.demo;

import java.sql.SQLException;

/** A transaction read a value that what it had read and written before makes impossible. */
final class WrongReadException extends SQLException {
  private static final long serialVersionUID = 1L;

  WrongReadException(String message) {
    super(message);
  }
}
