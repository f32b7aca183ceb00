package io.baton.session.sql;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table, view or sequence as a statement names it.
 *
 * @param schema the schema written before the name, or null where the search path decides
 * @param name the name, folded as the server folds it
 */
public record RelationName(@Nullable String schema, String name) {

  // By hand: what Java makes of a record is linked when it is first used, which takes a young JVM
  // long.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RelationName that
        && name.equals(that.name)
        && Objects.equals(schema, that.schema);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Objects.hashCode(schema);
  }
}
