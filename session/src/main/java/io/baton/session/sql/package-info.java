/**
 * What a text of SQL does to a session, read from the text alone. Start at {@link
 * io.baton.session.sql.StatementAnalyzer}.
 */
@NullMarked
package io.baton.session.sql;

import org.jspecify.annotations.NullMarked;
