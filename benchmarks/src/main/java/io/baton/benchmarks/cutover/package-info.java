/**
 * How long a running application waits when it is cut over to another version; start reading at
 * {@link io.baton.benchmarks.cutover.CutoverBenchmark}.
 */
@NullMarked
package io.baton.benchmarks.cutover;

import org.jspecify.annotations.NullMarked;
