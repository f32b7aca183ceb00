package io.baton.engine;

import io.baton.session.sql.StatementAnalysis;

/**
 * One call of the application that may reach a server.
 *
 * <p>Immutable; it is the same for all attempts at it.
 *
 * @param <D> the physical object that it is made on
 * @param <R> what it returns
 * @param target what it is made on
 * @param analysis what its text does
 * @param effect what it does to the data and to its transaction
 * @param execution the call itself
 * @param began when it began, in nanoseconds of {@link System#nanoTime}
 */
record Call<D, R>(
    Target<D> target,
    StatementAnalysis analysis,
    CallEffect effect,
    Execution<? super D, R> execution,
    long began) {}
