/**
 * What an application sees of a failover; start reading at {@link
 * io.baton.benchmarks.failover.FailoverBenchmark}, then {@link
 * io.baton.benchmarks.failover.Application}, the program that is led through it.
 */
@NullMarked
package io.baton.benchmarks.failover;

import org.jspecify.annotations.NullMarked;
