/** The JDBC classes of Baton: the objects that an application uses. */
@NullMarked
package io.baton.jdbc;

import org.jspecify.annotations.NullMarked;
