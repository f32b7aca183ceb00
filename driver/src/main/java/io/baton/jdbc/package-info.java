/** The JDBC face of Baton: the objects that an application holds. */
@NullMarked
package io.baton.jdbc;

import org.jspecify.annotations.NullMarked;
