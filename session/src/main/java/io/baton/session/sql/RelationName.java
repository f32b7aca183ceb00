package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * A table, view or sequence as a statement names it.
 *
 * @param schema the schema written before the name, or null where the search path decides
 * @param name the name, folded as the server folds it
 */
public record RelationName(@Nullable String schema, String name) {}
