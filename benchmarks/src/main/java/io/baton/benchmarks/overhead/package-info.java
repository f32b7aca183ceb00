/**
 * What a driver costs per operation, in pairs with pgjdbc; start reading at {@link
 * io.baton.benchmarks.overhead.OverheadBenchmark}, then {@link
 * io.baton.benchmarks.overhead.OverheadFork}.
 */
@NullMarked
package io.baton.benchmarks.overhead;

import org.jspecify.annotations.NullMarked;
