/**
 * The connection that a pool of another maker keeps ({@link javax.sql.PooledConnection}), and the
 * handles on it that an application is given. Start at {@link io.baton.jdbc.pooled.PooledSession}.
 */
@NullMarked
package io.baton.jdbc.pooled;

import org.jspecify.annotations.NullMarked;
