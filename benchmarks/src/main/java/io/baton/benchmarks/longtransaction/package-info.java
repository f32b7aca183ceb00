/**
 * What one long transaction costs in memory and time; start reading at {@link
 * io.baton.benchmarks.longtransaction.LongTransactionBenchmark}.
 */
@NullMarked
package io.baton.benchmarks.longtransaction;

import org.jspecify.annotations.NullMarked;
