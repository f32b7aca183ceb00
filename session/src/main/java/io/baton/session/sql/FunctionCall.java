package io.baton.session.sql;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A function as a statement calls it: what the catalogue needs to find the functions it may be.
 *
 * @param schema the schema written before the name, or null where the search path decides
 * @param name the name, folded as the server folds it
 * @param arguments how many arguments were written, or -1 where the text does not show it
 * @param certain whether it can be nothing but a call, or a type: not the column that {@code row.f}
 *     may name, nor a table that is named with its columns, nor a key word
 */
public record FunctionCall(@Nullable String schema, String name, int arguments, boolean certain) {

  // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
  // long.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FunctionCall that
        && name.equals(that.name)
        && arguments == that.arguments
        && certain == that.certain
        && Objects.equals(schema, that.schema);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + arguments;
  }
}
