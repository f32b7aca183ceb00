/**
 * What all benchmarks need: what they are told, who competes, the machine, and JVMs of their own;
 * start reading at {@link io.baton.benchmarks.harness.Benchmark}.
 */
@NullMarked
package io.baton.benchmarks.harness;

import org.jspecify.annotations.NullMarked;
