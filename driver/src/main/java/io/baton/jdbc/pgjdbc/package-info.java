/**
 * The one package that uses the PostgreSQL driver directly: physical connections, how they are
 * opened, and what their errors mean. Start at {@link io.baton.jdbc.pgjdbc.PhysicalConnection}.
 */
@NullMarked
package io.baton.jdbc.pgjdbc;

import org.jspecify.annotations.NullMarked;
