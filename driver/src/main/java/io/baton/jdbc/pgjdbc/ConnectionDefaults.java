package io.baton.jdbc.pgjdbc;

/**
 * What the setters of {@code PGConnection} have set on a connection, which the driver keeps in
 * memory. Immutable.
 *
 * @param prepareThreshold after how many executions a statement is prepared on the server
 * @param fetchSize how many rows are fetched at a time; 0 for all
 * @param autosave the driver's word for when a savepoint is set ahead of a statement
 * @param adaptiveFetch whether the number of rows is adapted to their size
 */
public record ConnectionDefaults(
    int prepareThreshold, int fetchSize, String autosave, boolean adaptiveFetch) {}
