package io.baton.session;

import org.jspecify.annotations.Nullable;

/**
 * The values bound to the parameters of one execution, as far as they have a text that the server
 * would read as the same value.
 *
 * <p>They let the tracker follow {@code SELECT set_config('app.tenant', ?, false)} without asking
 * the server. An implementation is asked only for the parameters that matter to a session, and only
 * when there are any.
 */
@FunctionalInterface
public interface ParameterValues {
  /** No parameter has a known value. */
  ParameterValues UNKNOWN = index -> Value.UNKNOWN;

  /**
   * Returns the value of the parameter with this number, counted from 1 in the order of the
   * placeholders.
   */
  Value value(int index);

  /**
   * One parameter's value.
   *
   * @param known whether the value is known at all
   * @param text the value's text, or null for SQL NULL (and where it is not known)
   */
  record Value(boolean known, @Nullable String text) {
    /** A value that is not known. */
    public static final Value UNKNOWN = new Value(false, null);

    /** SQL NULL. */
    public static final Value NULL = new Value(true, null);

    /** Returns a value with this text. */
    public static Value of(String text) {
      return new Value(true, text);
    }
  }
}
