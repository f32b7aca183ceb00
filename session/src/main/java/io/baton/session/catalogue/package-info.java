/**
 * What the database's catalogue knows about the names in a statement: how volatile a function is,
 * what a view calls, what a function body does to the session. Start at {@link
 * io.baton.session.catalogue.FunctionCatalogue}.
 */
@NullMarked
package io.baton.session.catalogue;

import org.jspecify.annotations.NullMarked;
