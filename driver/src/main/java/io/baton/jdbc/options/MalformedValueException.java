package io.baton.jdbc.options;

/**
 * A text that is no value of an option; the message is a sentence that says why, without the text
 * itself and without the name of the option.
 */
final class MalformedValueException extends Exception {

  MalformedValueException(String reason) {
    super(reason);
  }
}
