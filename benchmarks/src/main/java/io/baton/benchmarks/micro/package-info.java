/**
 * JMH benchmarks of parts that run on every call, and the program that runs them; start reading at
 * {@link io.baton.benchmarks.micro.MicroBenchmark}.
 */
@NullMarked
package io.baton.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
