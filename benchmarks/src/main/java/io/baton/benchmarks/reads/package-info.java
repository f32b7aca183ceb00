/** What reads gain from more readers. */
@NullMarked
package io.baton.benchmarks.reads;

import org.jspecify.annotations.NullMarked;
