/** Benchmarks of Baton against other drivers. */
@NullMarked
package io.baton.benchmarks;

import org.jspecify.annotations.NullMarked;
