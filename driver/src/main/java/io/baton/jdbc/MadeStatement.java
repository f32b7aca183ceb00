package io.baton.jdbc;

import io.baton.jdbc.pgjdbc.PhysicalConnection;
import io.baton.session.sql.StatementAnalysis;
import java.sql.Statement;

/**
 * A physical statement that was just made, and how another one like it is made elsewhere.
 *
 * @param home the connection it belongs to
 * @param statement the statement
 * @param origin how it was made
 * @param analysis what its text does; nothing, for one that has none yet
 * @param <S> what kind of statement it is
 */
record MadeStatement<S extends Statement>(
    PhysicalConnection home, S statement, StatementOrigin<S> origin, StatementAnalysis analysis) {}
