/** Whole applications, side by side: the five transactions of TPC-C, and the one of TPC-B. */
@NullMarked
package io.baton.benchmarks.application;

import org.jspecify.annotations.NullMarked;
