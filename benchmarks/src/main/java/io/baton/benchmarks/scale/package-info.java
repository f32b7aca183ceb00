/**
 * What many sessions in one JVM cost; start reading at {@link
 * io.baton.benchmarks.scale.ScaleBenchmark}, then {@link io.baton.benchmarks.scale.SessionHolder}.
 */
@NullMarked
package io.baton.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
