package io.baton.session.sql;

import org.jspecify.annotations.Nullable;

/**
 * A function as a statement calls it: what the catalogue needs to find the functions it may be.
 *
 * @param schema the schema written before the name, or null where the search path decides
 * @param name the name, folded as the server folds it
 * @param arguments how many arguments were written, or -1 where the text does not show it
 */
public record FunctionCall(@Nullable String schema, String name, int arguments) {}
