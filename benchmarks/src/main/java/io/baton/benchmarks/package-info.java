/**
 * Benchmarks of Baton against other drivers; start reading at {@link
 * io.baton.benchmarks.Benchmarks}, the program that runs one of them by its name.
 */
@NullMarked
package io.baton.benchmarks;

import org.jspecify.annotations.NullMarked;
