/**
 * What the first connection of a young JVM takes: {@link
 * io.baton.benchmarks.firstconnection.FirstConnectionBenchmark}.
 */
@NullMarked
package io.baton.benchmarks.firstconnection;

import org.jspecify.annotations.NullMarked;
